import type { EventFacts, ItemFacts } from '../state/log/entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { COUNTED_ITEMS, countOnItem } from './counted-items.ts'
import { COUNTED_TIMES, countAt, mayCountAt } from './counted-times.ts'

/** Limits that keep automated and internal traffic out of the counters. All events are logged, whether they count or not. */
export interface CountingLimits {
  /** Event attribute that names the origin of an event, and its values that do not count, such as staff. */
  readonly traffic: { readonly attribute: string; readonly uncounted: readonly string[] }
  /**
   * Maximum number of events of a user per minute of event time. Further events of that minute are taken to come from a program and do
   * not count.
   */
  readonly eventsPerMinute: number
  /**
   * Maximum number of events of a user on one item per hour of event time. Further events of that hour change only the state of the
   * user, so that nobody can push an item up by repetition.
   */
  readonly eventsPerItemAndHour: number
}

export const NO_LIMITS: CountingLimits = {
  traffic: { attribute: 'traffic', uncounted: [] },
  eventsPerMinute: Number.POSITIVE_INFINITY,
  eventsPerItemAndHour: Number.POSITIVE_INFINITY,
}

/** Parts of a user value that count events for the limits. */
export const COUNTING_PARTS = [COUNTED_TIMES, COUNTED_ITEMS] as const

/** Parts of earlier versions that counted events. Their counts cannot be split into minutes and items: values drop them. */
export const RETIRED_COUNTING_PARTS = [
  { name: 'counting', layout: 1 },
  { name: 'counting_by_item', layout: 1 },
] as const

/** What is counted, and when. */
export interface Counted {
  readonly user: UserValue
  readonly facts: EventFacts
  /** Time of the event, in ms. */
  readonly time: number
  /** Time of recording, in ms. */
  readonly now: number
  /** Age at which events no longer count, in ms. */
  readonly lateness: number
}

/**
 * Counts a new event in its minute and in the hours of its items.
 * @returns the facts to log: as they came, or with what is over a limit marked. An event over the limit of its minute is not counted.
 */
export function countNew(counted: Counted, { eventsPerMinute, eventsPerItemAndHour }: CountingLimits): EventFacts {
  const { user, facts, time, now, lateness } = counted
  if (Number.isFinite(eventsPerMinute)) {
    if (!mayCountAt(user, time, eventsPerMinute)) return { ...facts, ignored: 'bot' }
    countAt(user, time, now, lateness)
  }
  if (!Number.isFinite(eventsPerItemAndHour)) return facts
  const isCapped = ({ itemId }: ItemFacts) => !countOnItem(user, itemId, time, eventsPerItemAndHour, now, lateness)
  const capped = facts.items.map(isCapped)
  if (!capped.includes(true)) return facts
  return { ...facts, items: facts.items.map((item, i) => (capped[i] ? { ...item, capped: true } : item)) }
}

/** Counts an event of a log again, as its facts say. The limits of today do not matter. */
export function countLogged(counted: Counted, { eventsPerMinute, eventsPerItemAndHour }: CountingLimits): void {
  const { user, facts, time, now, lateness } = counted
  if (Number.isFinite(eventsPerMinute)) countAt(user, time, now, lateness)
  if (!Number.isFinite(eventsPerItemAndHour)) return
  for (const { itemId, capped } of facts.items)
    if (capped !== true) countOnItem(user, itemId, time, Number.POSITIVE_INFINITY, now, lateness)
}
