import type { EventFacts, ItemFacts } from '../state/log/entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { COUNTED_ITEM_DAYS, countOnDay, mayCountOnDay } from './counted-item-days.ts'
import { COUNTED_ITEMS, countOnItem, mayCountOnItem } from './counted-items.ts'
import { COUNTED_TIMES, countAt, mayCountAt } from './counted-times.ts'
import { COUNTED_UNKNOWN, unknownInHour } from './counted-unknown-names.ts'
import type { EventMeaning } from './event-meaning.ts'
import { hashOf, type ItemHash } from './frequent-items.ts'
import { positionValue } from './position-value.ts'

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
  /**
   * Maximum total weight of the events that devices of a user add to one item, per day (UTC) of event time. Also the maximum number of
   * impressions of the item. Further events of that day change only the state of the user, so that nobody decides alone what is popular.
   */
  readonly weightPerItemAndDay: number
  /**
   * Maximum number of items that were never uploaded for which a user counts, per hour of recording. Also the maximum number of places
   * on surfaces that the domain does not declare. Nobody can fill the store with invented names.
   */
  readonly unknownPerHour: number
}

/** Limits under which every event counts. The limits of a domain replace single ones of them. */
export const NO_LIMITS: CountingLimits = {
  traffic: { attribute: 'traffic', uncounted: [] },
  eventsPerMinute: Number.POSITIVE_INFINITY,
  eventsPerItemAndHour: Number.POSITIVE_INFINITY,
  weightPerItemAndDay: Number.POSITIVE_INFINITY,
  unknownPerHour: Number.POSITIVE_INFINITY,
}

/** Parts of a user value that count events for the limits. */
export const COUNTING_PARTS = [COUNTED_TIMES, COUNTED_ITEMS, COUNTED_UNKNOWN, COUNTED_ITEM_DAYS] as const

/** An event to count, with the state and the times that the limits depend on. */
export interface Counted {
  readonly user: UserValue
  readonly facts: EventFacts
  readonly meaning: EventMeaning
  /** Time of the event, in ms. */
  readonly time: number
  /** Time of recording, in ms. */
  readonly now: number
  /** Age at which events no longer count, in ms. */
  readonly lateness: number
}

/**
 * Counts a new event in its minute, in the hours of its items, and among unknown names.
 * @returns the facts to log: as they came, or with what is over a limit marked. An event over the limit of its minute is not counted.
 */
export function countNew(counted: Counted, limits: CountingLimits): EventFacts {
  const { user, facts, time, now, lateness } = counted
  if (Number.isFinite(limits.eventsPerMinute)) {
    if (!mayCountAt(user, time, limits.eventsPerMinute)) return { ...facts, ignored: 'bot' }
    countAt(user, time, now, lateness)
  }
  const onSurface = countSurface(counted, limits)
  const capped = facts.items.map((item) => countItem(item, counted, limits))
  if (capped.every((cap) => cap === undefined)) return onSurface
  return { ...onSurface, items: facts.items.map((item, i) => (capped[i] ? { ...item, capped: capped[i] } : item)) }
}

/** @returns the facts; those of no surface if the user is over the limit of places on undeclared surfaces */
function countSurface({ user, facts, now }: Counted, { unknownPerHour }: CountingLimits): EventFacts {
  if (!facts.undeclaredSurface || !Number.isFinite(unknownPerHour)) return facts
  const { places } = unknownInHour(user, now)
  const named = placesOf(facts)
  if (places.size + named.filter((place) => !places.has(place)).length > unknownPerHour) {
    // The reward sums of an explored item are those of the surface.
    const { surface: _, undeclaredSurface: __, explored: ___, ...others } = facts
    return others
  }
  for (const place of named) places.add(place)
  return facts
}

/** Returns each place for which the event counts: the surface, and positions on it. */
function placesOf({ surface, items }: EventFacts): string[] {
  const positions = items.flatMap(({ position }) => (position === undefined ? [] : [positionValue(surface, position)]))
  return [`${surface}`, ...positions]
}

/** @returns which limit the event exceeds for this item; undefined if it counts */
function countItem({ itemId, unknown }: ItemFacts, counted: Counted, limits: CountingLimits): ItemFacts['capped'] {
  const { user, time, now, facts, meaning } = counted
  const { eventsPerItemAndHour, unknownPerHour, weightPerItemAndDay } = limits
  const names = unknown && Number.isFinite(unknownPerHour) ? unknownInHour(user, now).items : undefined
  if (names && names.size >= unknownPerHour && !names.has(itemId)) return 'unknown'
  const item = hashOf(itemId)
  if (Number.isFinite(eventsPerItemAndHour) && !mayCountOnItem(user, item, time, eventsPerItemAndHour)) return true
  const isOfDevice = facts.fromDevice && Number.isFinite(weightPerItemAndDay)
  if (isOfDevice && !mayCountOnDay(user, item, time, meaning, weightPerItemAndDay)) return true
  addToItem(item, counted, limits)
  names?.add(itemId)
  return undefined
}

/** Counts an event on an item, whatever was counted before. */
function addToItem(item: ItemHash, { user, facts, meaning, time, now, lateness }: Counted, limits: CountingLimits): void {
  if (Number.isFinite(limits.eventsPerItemAndHour)) countOnItem(user, item, time, now, lateness)
  if (facts.fromDevice && Number.isFinite(limits.weightPerItemAndDay)) countOnDay(user, item, time, meaning, now, lateness)
}

/** Counts an event of a log again, as its facts say. The limits of today do not matter. */
export function countLogged(counted: Counted, limits: CountingLimits): void {
  const { user, facts, time, now, lateness } = counted
  if (Number.isFinite(limits.eventsPerMinute)) countAt(user, time, now, lateness)
  const counting = facts.items.filter(({ capped }) => capped === undefined)
  for (const { itemId } of counting) addToItem(hashOf(itemId), counted, limits)
  if (!Number.isFinite(limits.unknownPerHour)) return
  const unknown = counting.filter((item) => item.unknown)
  if (unknown.length === 0 && !facts.undeclaredSurface) return
  const { items, places } = unknownInHour(user, now)
  for (const { itemId } of unknown) items.add(itemId)
  if (facts.undeclaredSurface) for (const place of placesOf(facts)) places.add(place)
}
