import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import { type Domain, meaningOf } from '../domain/domain.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, RecordedEvent } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'

export interface EnrichedEvent {
  readonly event: RecordedEvent
  readonly facts: EventFacts
}

/**
 * Folds events into a user's value, in place, and what they add to shared sums into `increments`. The one place where events
 * become state: recording, restoring and replay all come through here.
 * @returns how many of the events counted
 */
export function reduceEvents(
  accumulators: AccumulatorSet,
  domain: Domain,
  user: UserValue,
  events: readonly EnrichedEvent[],
  increments: Increments,
): number {
  let counted = 0
  for (const { event, facts } of events) {
    if (facts.ignored) continue
    const time = event.timestamp
    forgetExpired(user, time, domain.expiry)
    accumulators.reduce({
      event,
      facts,
      meaning: meaningOf(domain, event.eventType),
      time,
      user,
      expiry: domain.expiry,
      increments,
    })
    user.lastEventAt = Math.max(user.lastEventAt, time)
    user.latestEventId = event.eventId
    counted++
  }
  return counted
}
