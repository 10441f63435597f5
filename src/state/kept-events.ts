import { z } from 'zod'
import type { RecordedEvent } from './log-entry.ts'
import type { Json } from './user-value.ts'

/** How many events of a user are kept for reading: the latest that were recorded. */
export const KEPT_EVENTS = 200

const keptEvent = z.tuple([
  z.number(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.record(z.string(), z.json()).nullable(),
  z.array(z.number()).nullable(),
])

/** An event as it is kept beside its user: a JSON array without names, and without what is absent at its end. */
export function encodeKeptEvent(event: RecordedEvent): string {
  const { timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions } = event
  const fields: (Json | undefined)[] = [timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes]
  fields.push(positions && [...positions])
  while (fields.at(-1) === undefined) fields.pop()
  return JSON.stringify(fields)
}

/** @throws when it is no such event */
export function decodeKeptEvent(userId: string, kept: string): RecordedEvent {
  const fields: unknown = JSON.parse(kept)
  const padded = Array.isArray(fields) ? [...fields, ...new Array<null>(8).fill(null)].slice(0, 8) : fields
  const [timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions] = keptEvent.parse(padded)
  return {
    eventId,
    userId,
    ...(itemId !== null && { itemId }),
    eventType,
    ...(eventAttributes !== null && { eventAttributes }),
    timestamp,
    ...(sessionId !== null && { sessionId }),
    ...(recommendationId !== null && { recommendationId }),
    ...(positions !== null && { positions }),
  }
}

/** When a kept event happened, in ms. */
export function timeOfKept(kept: string): number {
  return Number.parseInt(kept.slice(1), 10)
}
