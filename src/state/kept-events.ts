import { z } from 'zod'
import type { RecordedEvent } from './log/entry.ts'
import type { Json } from './user-value.ts'

/** Number of events kept per user for reading: the last recorded. */
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

/** Encodes an event as kept with its user: a JSON array without names, and without trailing absent fields. */
export function encodeKeptEvent(event: RecordedEvent): string {
  return JSON.stringify([event.timestamp, ...keptFields(event)])
}

/**
 * Returns what is kept of an event beside its time, without trailing absent fields: event id, type, item, session and slate, then
 * the attributes and positions.
 */
export function keptFields(event: RecordedEvent): (Json | undefined)[] {
  const { eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions } = event
  const fields: (Json | undefined)[] = [eventId, eventType, itemId, sessionId, recommendationId, eventAttributes]
  fields.push(positions && [...positions])
  while (fields.at(-1) === undefined) fields.pop()
  return fields
}

/** Decodes a kept event. @throws Error if the text is not a kept event */
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
