import { decodeKeptEvent } from '../state/kept-events.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { StateStore } from '../state/store.ts'

/**
 * The kept events of a user, latest first; of one moment, the last recorded first.
 * @param ttl in ms: an event that happened longer ago is not read any more, whether or not the store still has it
 */
export async function readUserEvents(store: StateStore, userId: string, now: number, ttl: number): Promise<RecordedEvent[]> {
  const kept = await store.readEvents(userId)
  return kept
    .map((event) => decodeKeptEvent(userId, event))
    .filter(({ timestamp }) => timestamp >= now - ttl)
    .sort((a, b) => b.timestamp - a.timestamp)
}

/** Where an event stands among others of its user: its time, then its id. */
export interface EventPlace {
  readonly timestamp: number
  readonly eventId: string
}

/** Index of the event at this place; where it is not kept any more, that of the first that is earlier. */
export function indexOfPlace(
  events: readonly RecordedEvent[],
  { timestamp, eventId }: EventPlace,
): { index: number; found: boolean } {
  const index = events.findIndex((event) => event.eventId === eventId && event.timestamp === timestamp)
  if (index >= 0) return { index, found: true }
  const earlier = events.findIndex((event) => event.timestamp < timestamp)
  return { index: earlier < 0 ? events.length : earlier, found: false }
}
