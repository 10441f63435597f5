import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { UserMerges } from '../events/user-merges.ts'
import { decodeKeptEvent, KEPT_EVENTS } from '../state/kept-events.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import type { StateStore } from '../state/store.ts'

export interface UserEventsParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly merges: UserMerges
}

/** Of a user who has become owner of more ids than this, the events of the others are not looked for. */
const MOST_IDS = 20

/**
 * The kept events of a user, latest first; of one moment, the last recorded first. They are left under the id under which they
 * were recorded: those of ids that became the user's are among them. None of a user who has opted out.
 * @param ttl in ms: an event that happened longer ago is not read any more, whether or not the store still has it
 * @throws UnavailableError when the store does not answer
 */
export async function readUserEvents(
  { store, accumulators, merges }: UserEventsParts,
  userId: string,
  now: number,
  ttl: number,
): Promise<RecordedEvent[]> {
  const ids = [await merges.ownerOf(userId)]
  const events: RecordedEvent[] = []
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at]
    const [[bytes], kept] = await Promise.all([store.readValues([{ kind: 'user', id }]), store.readEvents(id)])
    const { optedOut, mergedFrom } = accumulators.codec.decodeOf(id, bytes)
    if (optedOut) return []
    for (const other of mergedFrom) if (ids.length < MOST_IDS && !ids.includes(other)) ids.push(other)
    events.push(...kept.map((event) => decodeKeptEvent(id, event)))
  }
  return events
    .filter(({ timestamp }) => timestamp >= now - ttl)
    .sort((a, b) => b.timestamp - a.timestamp)
    .slice(0, KEPT_EVENTS)
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
