import { hash } from 'node:crypto'
import type { RecordedEvent } from '../state/log/entry.ts'
import type { Arrival } from './arriving-event.ts'

/** Returns the first arrival of each event id. The others are its duplicates. */
export function firstOfEachId(batch: readonly Arrival[]): readonly Arrival[] {
  if (batch.length === 1) return batch
  const seen = new Set<string>()
  return batch.filter(({ identity: { hash } }) => {
    if (seen.has(hash)) return false
    seen.add(hash)
    return true
  })
}

/** Returns the stored hash of an event id: the first 12 bytes of a SHA-1, as latin1 text. */
export function identityHash({ userId, eventId }: RecordedEvent): string {
  return hash('sha1', `${userId}\0${eventId}`, 'binary').slice(0, 12)
}
