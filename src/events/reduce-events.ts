import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { countLogged, countNew } from '../accumulators/counting-limits.ts'
import { areDismissed } from '../accumulators/dismissed-items.ts'
import { meaningOfEvent, unliked } from '../accumulators/event-meaning.ts'
import type { Domain } from '../domain/domain.ts'
import { forgetExpired } from '../state/expiry.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, RecordedEvent } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'

/** A valid event with the facts that were looked up for it, such as the attributes of its item. Reducers read nothing else. */
export interface EnrichedEvent {
  readonly event: RecordedEvent
  readonly facts: EventFacts
}

/**
 * The occasion on which events are reduced: recording now, or restoring from a log. A log says which of its events counted.
 * `restore_unrated`: the sums of the log do not count click rates, so the user's state must not count them either.
 */
export type Occasion = 'record' | 'restore' | 'restore_unrated'

/**
 * Reduces events into a user value, in place, and adds their effects on shared sums to `increments`. Recording, restoring and
 * replay all use this function, so that events become state in one way only.
 * @param now time when the events were recorded, in ms of the clock of features
 * @returns the events as they must be logged, and the number of events that changed the state of the user
 */
export function reduceEvents(
  accumulators: AccumulatorSet,
  domain: Domain,
  user: UserValue,
  events: readonly EnrichedEvent[],
  increments: Increments,
  occasion: Occasion,
  now: number,
): { readonly events: readonly EnrichedEvent[]; readonly applied: number } {
  const { expiry, limits, lateness } = domain
  const logged = [...events]
  let applied = 0
  events.forEach(({ event, facts: found }, i) => {
    if (found.ignored !== undefined) return
    const time = event.timestamp
    forgetExpired(user, time, expiry)
    let facts = found
    const declared = meaningOfEvent(domain, event)
    const meaning = areDismissed(user, found.items, time, expiry) ? unliked(declared) : declared
    const counted = { user, facts, meaning, time, now, lateness }
    if (occasion === 'record') facts = countNew(counted, limits)
    else countLogged(counted, limits)
    if (facts !== found) logged[i] = { event, facts }
    if (facts.ignored !== undefined) return
    accumulators.reduce({ event, facts, meaning, time, user, expiry, increments }, occasion !== 'restore_unrated')
    user.lastEventAt = Math.max(user.lastEventAt, time)
    user.latestEventId = event.eventId
    applied++
  })
  return { events: logged, applied }
}
