import type { Domain } from '../domain/domain.ts'
import type { People } from '../events/people.ts'
import { whySilent } from '../state/expiry.ts'
import { decodeKeptEvent, KEPT_EVENTS } from '../state/kept-events.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { StateStore } from '../state/store.ts'
import { inOwnTurn } from '../turns.ts'

export interface UserEventsParts {
  readonly store: StateStore
  readonly people: People
  readonly domain: Pick<Domain, 'consent' | 'expiry'>
}

/** Of a user who has become owner of more ids than this, the events of the others are not looked for. */
const MOST_IDS = 20

/** Kept events of a user. */
export interface UserEvents {
  readonly events: readonly RecordedEvent[]
  /** Number of ids whose events were read. */
  readonly ids: number
}

/**
 * Returns the kept events of a user, latest first; events with the same time in reverse order of recording. Includes events of
 * merged ids, under the id of their recording. Empty if the user has opted out or has not consented.
 * @param ttl maximum age of events in ms; older ones are left out, even if the store still has them
 * @throws UnavailableError if the store does not answer
 */
export async function readUserEvents(
  { store, people, domain }: UserEventsParts,
  userId: string,
  now: number,
  ttl: number,
): Promise<UserEvents> {
  const owner = await people.standingOf(userId)
  if (whySilent(owner.value, domain, now)) return { events: [], ids: 0 }
  const ids = [owner, ...(await people.idsOf(owner, MOST_IDS))].slice(0, MOST_IDS).map(({ id }) => id)
  const events: RecordedEvent[] = []
  // One operation may ask for the events of hundreds of ids, and those of each take a few milliseconds.
  for (const id of ids) {
    const kept = await store.readEvents(id)
    events.push(...(await inOwnTurn(() => kept.map((event) => decodeKeptEvent(id, event)))))
  }
  const latest = events
    .filter(({ timestamp }) => timestamp >= now - ttl)
    .sort((a, b) => b.timestamp - a.timestamp)
    .slice(0, KEPT_EVENTS)
  return { events: latest, ids: ids.length }
}

/** Place of an event among those of its user: by time, then by id. */
export interface EventPlace {
  readonly timestamp: number
  readonly eventId: string
}

/** Returns the index of the event at a place. If the event is not kept any more, returns the index of the first earlier event. */
export function indexOfPlace(
  events: readonly RecordedEvent[],
  { timestamp, eventId }: EventPlace,
): { index: number; found: boolean } {
  const index = events.findIndex((event) => event.eventId === eventId && event.timestamp === timestamp)
  if (index >= 0) return { index, found: true }
  const earlier = events.findIndex((event) => event.timestamp < timestamp)
  return { index: earlier < 0 ? events.length : earlier, found: false }
}
