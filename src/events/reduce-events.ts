import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { countInHour, countInMinute } from '../accumulators/counting-limits.ts'
import { type Domain, meaningOf } from '../domain/domain.ts'
import { forgetExpired } from '../state/expiry.ts'
import { Increments } from '../state/increments.ts'
import type { EventFacts, RecordedEvent } from '../state/log/entry.ts'
import { itemKey } from '../state/slots.ts'
import type { UserValue } from '../state/user-value.ts'

export interface EnrichedEvent {
  readonly event: RecordedEvent
  readonly facts: EventFacts
}

/** Whether events are recorded now, or restored from a log. A log says which of its events counted. */
export type Occasion = 'record' | 'restore'

/**
 * Reduces events into a user value, in place, and adds their effects on shared sums to `increments`. Recording, restoring and
 * replay all use this function, so that events become state in one way only.
 * @param now time when the events were recorded, in ms of the clock of features
 * @returns the events as they must be logged, and the number of events that counted
 */
export function reduceEvents(
  accumulators: AccumulatorSet,
  domain: Domain,
  user: UserValue,
  events: readonly EnrichedEvent[],
  increments: Increments,
  occasion: Occasion,
  now: number,
): { readonly events: readonly EnrichedEvent[]; readonly counted: number } {
  accumulators.moveBack(user, now)
  const logged = [...events]
  let counted = 0
  events.forEach(({ event, facts }, i) => {
    if (facts.ignored === 'late' || facts.ignored === 'marked') return
    const time = event.timestamp
    forgetExpired(user, time, domain.expiry)
    const ofMinute = countInMinute(user, time)
    if (occasion === 'record' && ofMinute > domain.limits.eventsPerMinute) {
      logged[i] = { event, facts: { ...facts, ignored: 'bot' } }
      return
    }
    if (facts.ignored === 'bot') return
    accumulators.reduce({
      event,
      facts,
      meaning: meaningOf(domain, event.eventType),
      time,
      user,
      expiry: domain.expiry,
      increments: fairShare(accumulators, domain, user, facts, time, increments),
    })
    user.lastEventAt = Math.max(user.lastEventAt, time)
    user.latestEventId = event.eventId
    counted++
  })
  return { events: logged, counted }
}

/** Where an event's additions go: nowhere, from a user who has added their share to its item within the hour. */
function fairShare(
  accumulators: AccumulatorSet,
  { limits }: Domain,
  user: UserValue,
  { items }: EventFacts,
  time: number,
  increments: Increments,
): Increments {
  const over = items.filter(({ itemId }) => countInHour(user, itemId, time) > limits.eventsPerItemAndHour)
  if (over.length === 0) return increments
  if (over.length === items.length) return new Increments(accumulators.layout)
  return increments.without(over.map(({ itemId }) => itemKey(itemId)))
}
