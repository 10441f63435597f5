import { z } from 'zod'
import type { Answer } from './graphql-client.ts'

const SLATE_PARTS = /* GraphQL */ `
  fragment SlateParts on Slate {
    recommendationId userId surface { name } version trigger latestEventId changed generatedAt model fallback tookMs
    warnings { code message field }
    items {
      position score exploration propensity
      sources { name score }
      reason { code text anchorItem { itemId } }
      item { itemId attributes available }
    }
  }
`

/** Subscribes to slates. Variables: `input`, and the arguments of the field. */
export const LIVE = /* GraphQL */ `
  subscription Live(
    $input: RecommendationsInput!, $minIntervalMs: Int! = 100, $refreshEveryMs: Int, $onlyChanged: Boolean! = false, $eventTypes: [String!]
  ) {
    recommendations(
      input: $input, minIntervalMs: $minIntervalMs, refreshEveryMs: $refreshEveryMs, onlyChanged: $onlyChanged, eventTypes: $eventTypes
    ) { ...SlateParts }
  }
  ${SLATE_PARTS}
`

export const RECOMMEND = /* GraphQL */ `
  query Recommend($input: RecommendationsInput!) { recommendations(input: $input) { ...SlateParts } }
  ${SLATE_PARTS}
`

export const SERVED_SLATE = /* GraphQL */ `
  query ServedSlate($recommendationId: ID!) { recommendations: slate(recommendationId: $recommendationId) { ...SlateParts } }
  ${SLATE_PARTS}
`

/** Records an event. Variables: `input`. */
export const RECORD = /* GraphQL */ `
  mutation Record($input: RecordEventInput!) {
    recordEvent(input: $input) {
      __typename
      ... on RecordEventPayload { duplicate userVersion event { eventId } }
      ... on Error { message field }
    }
  }
`

/** Records an event and asks for the slate after it. Variables: `input`, `slate`. */
export const RECORD_AND_RERANK = /* GraphQL */ `
  mutation RecordAndRerank($input: RecordEventInput!, $slate: SlateInput) {
    recordEvent(input: $input) {
      __typename
      ... on RecordEventPayload { duplicate userVersion event { eventId } recommendations(input: $slate) { ...SlateParts } }
    }
  }
  ${SLATE_PARTS}
`

const slate = z.object({
  recommendationId: z.string(),
  userId: z.string(),
  surface: z
    .object({ name: z.string() })
    .nullable()
    .transform((surface) => surface?.name ?? null),
  version: z.number(),
  trigger: z.string(),
  latestEventId: z.string().nullable(),
  changed: z.boolean(),
  generatedAt: z.iso.datetime(),
  model: z.string().nullable(),
  fallback: z.boolean(),
  tookMs: z.number(),
  warnings: z.array(z.object({ code: z.string(), message: z.string(), field: z.string().nullable() })),
  items: z.array(
    z.object({
      position: z.number(),
      score: z.number(),
      exploration: z.boolean(),
      propensity: z.number(),
      sources: z.array(z.object({ name: z.string(), score: z.number().nullable() })),
      reason: z.object({ code: z.string(), text: z.string(), anchorItem: z.object({ itemId: z.string() }).nullable() }),
      item: z.object({ itemId: z.string(), attributes: z.record(z.string(), z.unknown()), available: z.boolean() }),
    }),
  ),
})

export type SlateAnswer = z.infer<typeof slate>

const slateAnswer = z.object({ data: z.object({ recommendations: slate }) })

/** The slate of an answer or of a message. @throws when there are errors instead */
export function slateOf(answer: Answer): SlateAnswer {
  if (answer.errors) throw new Error(`Not a slate: ${JSON.stringify(answer.errors)}`)
  return slateAnswer.parse(answer).data.recommendations
}

const payload = z.object({
  __typename: z.literal('RecordEventPayload'),
  duplicate: z.boolean(),
  userVersion: z.number(),
  event: z.object({ eventId: z.string() }),
  recommendations: slate.nullish(),
})

const recordAnswer = z.object({ data: z.object({ recordEvent: payload }) })

/** What became of a recorded event. @throws when it was refused */
export function recordedOf(answer: Answer): z.infer<typeof payload> {
  return recordAnswer.parse(answer).data.recordEvent
}

export function itemIds({ items }: SlateAnswer): string[] {
  return items.map(({ item }) => item.itemId)
}
