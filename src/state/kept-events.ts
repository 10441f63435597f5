import { z } from 'zod'
import { ColumnReader, ColumnWriter } from './columns.ts'
import type { RecordedEvent } from './log/entry.ts'
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

const writer = new ColumnWriter()

/** Kept events as texts of columns one behind the other, the last recorded at the end, valid until the next call. */
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

/** So many events from where they are packed among others. */
export function readPacked(reader: ColumnReader, events: number): Buffer {
  const from = reader.offset
  for (let i = 0; i < events; i++) reader.skip(reader.count())
  return reader.since(from)
}

/** How many are packed there. */
export function countKept(packed: Uint8Array): number {
  const reader = new ColumnReader(packed)
  let events = 0
  for (; !reader.atEnd; events++) reader.skip(reader.count())
  return events
}

/** Latest time of packed events, in ms. The event recorded last may be a late one. */
export function latestKept(packed: Uint8Array): number {
  return unpackKept(packed).reduce((latest, event) => Math.max(latest, Number.parseInt(event.slice(1), 10)), 0)
}
