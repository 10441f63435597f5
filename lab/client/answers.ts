import { z } from 'zod'
import { LiverankError, RETRY_CODES, UnavailableError } from '../../src/errors.ts'

/** Error of an input with many rows, as `readAnswer` reads it. */
const REFUSAL = '... on Error { refusal: message }'

const SLATE_FIELDS = '{ recommendationId version fallback items { position item { itemId } } }'

/** Query for one slate. Its answer matches `slateAnswer`. */
export const RECOMMENDATIONS = `query Screen($input: RecommendationsInput!) { recommendations(input: $input) ${SLATE_FIELDS} }`

/** Subscription to the slates of a user. Each message matches `slateAnswer`. */
export const LIVE_RECOMMENDATIONS = `subscription LiveScreen($input: RecommendationsInput!, $eventTypes: [String!], $minIntervalMs: Int! = 100) {
  recommendations(input: $input, eventTypes: $eventTypes, minIntervalMs: $minIntervalMs) ${SLATE_FIELDS}
}`

/** Mutation that records one event. Its answer matches `recordEventAnswer`. */
export const RECORD_EVENT = `mutation RecordEvent($input: RecordEventInput!) {
  recordEvent(input: $input) {
    __typename
    ... on RecordEventPayload { duplicate userVersion }
    ... on Error { code message field }
  }
}`

/** Mutation that records up to 1000 events. Its answer matches `recordEventsAnswer`. */
export const RECORD_EVENTS = `mutation RecordEvents($input: [RecordEventInput!]!) {
  recordEvents(input: { events: $input }) {
    ... on RecordEventsPayload {
      recorded duplicates rejected unavailable
      results { index eventId status userVersion error { code message field } }
    }
    ${REFUSAL}
  }
}`

/** Mutation that uploads items. Its answer matches `upsertItemsAnswer`. */
export const UPSERT_ITEMS = `mutation UpsertItems($input: [ItemInput!]!) {
  upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted rejected errors { index code message field } } ${REFUSAL} }
}`

/** Mutation that uploads users. Its answer matches `upsertUsersAnswer`. */
export const UPSERT_USERS = `mutation UpsertUsers($input: [UserInput!]!) {
  upsertUsers(input: { users: $input }) { ... on UpsertPayload { accepted rejected errors { index code message field } } ${REFUSAL} }
}`

const slate = z.object({
  recommendationId: z.string().min(1),
  version: z.int().nonnegative(),
  fallback: z.boolean(),
  items: z
    .array(z.object({ position: z.int(), item: z.object({ itemId: z.string().min(1) }) }))
    .refine((items) => items.every(({ position }, index) => position === index + 1), 'positions of a slate count up from 1')
    .refine(
      (items) => new Set(items.map(({ item }) => item.itemId)).size === items.length,
      'an item appears only once in a slate',
    ),
})

/** Schema of an answer with one slate. */
export const slateAnswer = z.object({ recommendations: slate })

const fieldError = { code: z.string(), message: z.string(), field: z.string().nullable() }

/** Schema of the outcome of one event: recorded with the version of its user, or refused as invalid. */
export const recordEventAnswer = z.object({
  recordEvent: z.discriminatedUnion('__typename', [
    z.object({ __typename: z.literal('RecordEventPayload'), duplicate: z.boolean(), userVersion: z.int().positive() }),
    z.object({ __typename: z.literal('InvalidInputError'), ...fieldError }),
  ]),
})

/** Schema of the outcomes of many events. `index` is the place of the event in the request, from 0. */
export const recordEventsAnswer = z.object({
  recordEvents: z.object({
    recorded: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    unavailable: z.int(),
    results: z.array(
      z.object({
        index: z.int().nonnegative(),
        eventId: z.string().nullable(),
        status: z.enum(['RECORDED', 'DUPLICATE', 'DISCARDED', 'REJECTED', 'UNAVAILABLE', 'FAILED']),
        userVersion: z.int().nullable(),
        error: z.object(fieldError).nullable(),
      }),
    ),
  }),
})

/** What the service says of an upload: how many rows were stored, and what is wrong with each of the others. */
const upserted = z.object({
  accepted: z.int(),
  rejected: z.int(),
  errors: z.array(z.object({ index: z.int(), ...fieldError })),
})

/** Schema of the answer to `UPSERT_ITEMS`. */
export const upsertItemsAnswer = z.object({ upsertItems: upserted })

/** Schema of the answer to `UPSERT_USERS`. */
export const upsertUsersAnswer = z.object({ upsertUsers: upserted })

const refusedAnswer = z.record(z.string(), z.object({ refusal: z.string() }))

const envelope = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() })).optional(),
})

/**
 * Takes the data out of a GraphQL response.
 *
 * @throws UnavailableError if the service says to try again; LiverankError (UNUSABLE_DATA) for any other error, and for data
 *   that is not as the contract says
 */
export function readAnswer<T>(schema: z.ZodType<T>, response: unknown): T {
  const outer = envelope.safeParse(response)
  if (!outer.success) throw new LiverankError('UNUSABLE_DATA', 'The answer of the server is not a GraphQL response.')
  const [error] = outer.data.errors ?? []
  if (error !== undefined) {
    const { code } = error.extensions ?? {}
    const message = `The server answered ${code ?? 'an error'}: ${error.message}`
    throw RETRY_CODES.has(code) ? new UnavailableError(message) : new LiverankError('UNUSABLE_DATA', message)
  }
  const refused = refusedAnswer.safeParse(outer.data.data)
  if (refused.success)
    throw new LiverankError('UNUSABLE_DATA', `The server refused the input: ${Object.values(refused.data)[0].refusal}`)
  const inner = schema.safeParse(outer.data.data)
  if (inner.success) return inner.data
  const [issue] = inner.error.issues
  throw new LiverankError(
    'UNUSABLE_DATA',
    `The server's answer breaks the contract at ${issue?.path.join('.')}: ${issue?.message}`,
  )
}

/** A slate as it stands on a screen. */
export interface AnsweredSlate {
  readonly recommendationId: string
  readonly fallback: boolean
  /** Ids of the items, from the top. */
  readonly itemIds: readonly string[]
}

/** Returns an answered slate as the simulation and the replay use it. */
export function toSlate({ recommendationId, fallback, items }: z.infer<typeof slate>): AnsweredSlate {
  return { recommendationId, fallback, itemIds: items.map(({ item }) => item.itemId) }
}
