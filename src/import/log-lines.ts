import { z } from 'zod'
import type { EventInput } from '../events/validate-event.ts'

/** An event of a log: an EventInput with an id and a timestamp. */
export type LoggedEvent = EventInput & { readonly eventId: string; readonly timestamp: number }

/** Returns the key of the session of a logged event: the user with its sessionId, or the user alone without one. */
export function sessionKeyOf({ userId, sessionId }: Pick<EventInput, 'userId' | 'sessionId'>): string {
  return `${userId}\0${sessionId ?? ''}`
}

const json = z.record(z.string(), z.json())

/** Schema of a line of `events.jsonl`. `timestamp` is in ms since 1970. */
export const eventLine = z.object({
  eventId: z.string(),
  userId: z.string(),
  itemId: z.string().exactOptional(),
  eventType: z.string(),
  eventAttributes: json.exactOptional(),
  timestamp: z.number().int().positive(),
  sessionId: z.string().exactOptional(),
  recommendationId: z.string().exactOptional(),
  positions: z.array(z.number()).exactOptional(),
})

/** Schema of a line of `items.jsonl`. An item is available unless the line says otherwise. */
export const itemLine = z.object({ itemId: z.string(), attributes: json, available: z.boolean().exactOptional() })
export type LoggedItem = z.infer<typeof itemLine>

/** Schema of a line of `users.jsonl`. `timestamp` is in ms since 1970. */
export const userLine = z.object({
  userId: z.string(),
  attributes: json,
  optOut: z.boolean().exactOptional(),
  consent: z.boolean().exactOptional(),
  timestamp: z.number().int().positive().exactOptional(),
})
/** What a log knows about a user: from `timestamp` on, in ms, or from the first event of the user on. */
export type LoggedUser = z.infer<typeof userLine>

/**
 * Schema of a line of `slates.jsonl`. `generatedAt` is in ms since 1970. `earlier` lists the items of earlier slates of the same
 * feed.
 */
export const slateLine = z.object({
  recommendationId: z.string(),
  userId: z.string(),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  generatedAt: z.number().int().positive(),
  version: z.number().exactOptional(),
  items: z.array(z.object({ itemId: z.string() })),
  earlier: z.array(z.string()).exactOptional(),
})
/** A slate as the service logged it, with its items from the top. */
export type LoggedSlate = z.infer<typeof slateLine> & {
  /** Number of the slate in a log that contains slates between events: -1, -2 and so on, independent of the numbers of events. */
  readonly decision?: number
  /** Features that the candidates of the request gave a value, such as `given_rank`; absent for a log of another system. */
  readonly givenFeatures?: readonly GivenFeature[]
}

/** A feature of the candidates that a request gives; see the accumulator `given_list`. */
export type GivenFeature = 'given_rank' | 'given_score'

/** Parses a slate of a log of this service. @throws ZodError if the slate is invalid */
export function parseSlate(slate: unknown): LoggedSlate {
  return slateLine.parse(slate)
}

/** Parses one line of a log. @returns the parsed line, or a text that says what is wrong with the line */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return 'the line is not JSON'
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return `${issue.path.join('.')}: ${issue.message}`
}
