import { z } from 'zod'
import { ColumnReader, ColumnWriter } from './column-codec.ts'
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
  const { timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes, positions } = event
  const fields: (Json | undefined)[] = [timestamp, eventId, eventType, itemId, sessionId, recommendationId, eventAttributes]
  fields.push(positions && [...positions])
  while (fields.at(-1) === undefined) fields.pop()
  return JSON.stringify(fields)
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

const writer = new ColumnWriter()

/** Packs kept events into one buffer, last recorded at the end. The buffer is valid until the next call. */
export function packKept(events: readonly string[]): Buffer {
  writer.reset()
  for (const event of events) writer.text(event)
  return writer.view()
}

export function unpackKept(packed: Uint8Array): string[] {
  const reader = new ColumnReader(packed)
  const events: string[] = []
  while (!reader.atEnd) events.push(reader.text())
  return events
}

/** Reads a number of packed events and returns their bytes. */
export function readPacked(reader: ColumnReader, events: number): Buffer {
  const from = reader.offset
  for (let i = 0; i < events; i++) reader.skip(reader.count())
  return reader.since(from)
}

/** Returns the number of packed events. */
export function countKept(packed: Uint8Array): number {
  const reader = new ColumnReader(packed)
  let events = 0
  for (; !reader.atEnd; events++) reader.skip(reader.count())
  return events
}

/** Returns the latest time of packed events, in ms. The last recorded event may be a late one with an older time. */
export function latestKept(packed: Uint8Array): number {
  return unpackKept(packed).reduce((latest, event) => Math.max(latest, Number.parseInt(event.slice(1), 10)), 0)
}
