import { AHEAD } from '../state/decay.ts'
import type { EventFacts, ItemFacts } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { DAY, HOUR, MINUTE } from '../time-units.ts'
import {
  COUNTED_ITEM_DAYS,
  COUNTED_ITEMS,
  COUNTED_TIMES,
  COUNTED_UNKNOWN,
  type CountTable,
  keyOf,
  MINUTES,
  type NameKey,
} from './counted-events.ts'
import type { EventMeaning } from './event-meaning.ts'
import { positionValue } from './item-click-rate.ts'

const MINUTES_OF_HOUR = HOUR / MINUTE

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

/** A limit on what a user adds to one item in a period. */
interface ItemLimit {
  /** Length of the period, in ms. */
  readonly period: number
  readonly limitOf: (limits: CountingLimits) => number
  /** What the event adds to the count of each of its items; 0 if the limit is not for it. */
  readonly amountOf: (counted: Counted) => number
  readonly tableOf: (counted: Counted) => CountTable
}

const ITEM_LIMITS: readonly ItemLimit[] = [
  {
    period: HOUR,
    limitOf: ({ eventsPerItemAndHour }) => eventsPerItemAndHour,
    amountOf: () => 1,
    tableOf: ({ user }) => user.get(COUNTED_ITEMS),
  },
  {
    period: DAY,
    limitOf: ({ weightPerItemAndDay }) => weightPerItemAndDay,
    amountOf: ({ facts, meaning }) => (facts.fromDevice ? weightOnDay(meaning) : 0),
    tableOf: ({ user, meaning }) => user.get(COUNTED_ITEM_DAYS)[meaning.role === 'impression' ? 'impressions' : 'actions'],
  },
]

/**
 * Returns how much an event of a device adds to the count of an item and day: its weight, rounded up, and at least 1 if it adds to any
 * sums of the item. 0 for an event that adds to none, such as the progress of a video.
 */
export function weightOnDay({ role, weight, goal }: EventMeaning): number {
  const isCounted = goal || (role !== 'other' && role !== 'dismiss' && role !== 'undismiss')
  return Math.max(Math.ceil(weight), isCounted ? 1 : 0)
}

/**
 * Counts a new event in its minute, in the hours of its items, and among unknown names.
 * @returns the facts to log: as they came, or with what is over a limit marked. An event over the limit of its minute is not counted.
 */
export function countNew(counted: Counted, limits: CountingLimits): EventFacts {
  const { user, facts, time } = counted
  if (Number.isFinite(limits.eventsPerMinute)) {
    if (!mayCountAt(user, time, limits.eventsPerMinute)) return { ...facts, ignored: 'bot' }
    countAt(counted)
  }
  const onSurface = countSurface(counted, limits)
  const capped = facts.items.map((item) => countItem(item, counted, limits))
  if (capped.every((cap) => cap === undefined)) return onSurface
  return { ...onSurface, items: facts.items.map((item, i) => (capped[i] ? { ...item, capped: capped[i] } : item)) }
}

/** Counts an event of a log again, as its facts say. The limits of today do not matter. */
export function countLogged(counted: Counted, limits: CountingLimits): void {
  const { user, facts, now } = counted
  if (Number.isFinite(limits.eventsPerMinute)) countAt(counted)
  const counting = facts.items.filter(({ capped }) => capped === undefined)
  for (const { itemId } of counting) addToItem(keyOf(itemId), counted, limits)
  if (!Number.isFinite(limits.unknownPerHour)) return
  const unknown = counting.filter((item) => item.unknown)
  if (unknown.length === 0 && !facts.undeclaredSurface) return
  const { items, places } = unknownInHour(user, now)
  for (const { itemId } of unknown) addName(items, keyOf(itemId))
  if (facts.undeclaredSurface) for (const place of placesOf(facts)) addName(places, place)
}

/**
 * Returns whether the user may count one more event in the minute of a time. Never false for a user who has at most `limit` events
 * in each minute, whatever their order. In one hour, at most 60 times the limit is ever allowed.
 */
function mayCountAt(user: UserValue, time: number, limit: number): boolean {
  const { minutes, hours } = user.get(COUNTED_TIMES)
  const row = minutes.find(Math.floor(time / MINUTE))
  if ((row < 0 ? 0 : minutes.countAt(row)) + 1 > limit) return false
  const hour = Math.floor(time / HOUR)
  const ofHour = hours.find(hour)
  // Nothing of the hour was added up: only the exact minutes can be over a limit.
  if (ofHour < 0) return true
  let events = hours.countAt(ofHour)
  for (let at = 0; at < minutes.size; at++)
    if (Math.floor(minutes.lowAt(at) / MINUTES_OF_HOUR) === hour) events += minutes.countAt(at)
  return events + 1 <= MINUTES_OF_HOUR * limit
}

/** Counts an event in the minute of its time. */
function countAt({ user, time, now, lateness }: Counted): void {
  const { minutes, hours } = user.get(COUNTED_TIMES)
  const minute = Math.floor(time / MINUTE)
  const row = minutes.find(minute)
  if (row >= 0) {
    minutes.increase(row, 1)
    minutes.moveLast(row)
    return
  }
  if (minutes.size === MINUTES) {
    const hour = Math.floor(minutes.lowAt(0) / MINUTES_OF_HOUR)
    const events = minutes.countAt(0)
    const of = hours.find(hour)
    if (of >= 0) hours.increase(of, events)
    else {
      const [oldest, latest] = periodsIn(HOUR, now, lateness)
      hours.keep((at) => hours.lowAt(at) >= oldest && hours.lowAt(at) <= latest)
      hours.push(hour, 0, events)
    }
    minutes.keep((at) => at > 0)
  }
  minutes.push(minute, 0, 1)
}

/** Returns the first and the last period of which an event may count that is recorded now. */
function periodsIn(period: number, now: number, lateness: number): readonly [oldest: number, latest: number] {
  return [Math.floor((now - lateness - AHEAD) / period), Math.floor((now + AHEAD) / period)]
}

/** @returns the facts; those of no surface if the user is over the limit of places on undeclared surfaces */
function countSurface({ user, facts, now }: Counted, { unknownPerHour }: CountingLimits): EventFacts {
  if (!facts.undeclaredSurface || !Number.isFinite(unknownPerHour)) return facts
  const { places } = unknownInHour(user, now)
  const named = placesOf(facts)
  if (places.size + named.filter(({ low, high }) => places.find(low, high) < 0).length > unknownPerHour) {
    // The reward sums of an explored item are those of the surface.
    const { surface: _, undeclaredSurface: __, explored: ___, ...others } = facts
    return others
  }
  for (const place of named) addName(places, place)
  return facts
}

/** Returns each place for which the event counts: the surface, and positions on it. */
function placesOf({ surface, items }: EventFacts): NameKey[] {
  const positions = items.flatMap(({ position }) => (position === undefined ? [] : [positionValue(surface, position)]))
  return [`${surface}`, ...positions].map(keyOf)
}

/** @returns which limit the event exceeds for this item; undefined if it counts */
function countItem({ itemId, unknown }: ItemFacts, counted: Counted, limits: CountingLimits): ItemFacts['capped'] {
  const item = keyOf(itemId)
  const names = unknown && Number.isFinite(limits.unknownPerHour) ? unknownInHour(counted.user, counted.now).items : undefined
  if (names && names.size >= limits.unknownPerHour && names.find(item.low, item.high) < 0) return 'unknown'
  for (const itemLimit of ITEM_LIMITS) {
    const limit = itemLimit.limitOf(limits)
    const amount = Number.isFinite(limit) ? itemLimit.amountOf(counted) : 0
    if (amount === 0) continue
    if (itemLimit.tableOf(counted).countOf(item, Math.floor(counted.time / itemLimit.period)) + amount > limit) return true
  }
  addToItem(item, counted, limits)
  if (names) addName(names, item)
  return undefined
}

/** Counts an event on an item, whatever was counted before. */
function addToItem(item: NameKey, counted: Counted, limits: CountingLimits): void {
  for (const { period, limitOf, amountOf, tableOf } of ITEM_LIMITS) {
    const amount = Number.isFinite(limitOf(limits)) ? amountOf(counted) : 0
    if (amount === 0) continue
    const [oldest, latest] = periodsIn(period, counted.now, counted.lateness)
    tableOf(counted).add(item, Math.floor(counted.time / period), amount, oldest, latest)
  }
}

/** Adds a name, unless it is there. */
function addName(names: CountTable, { low, high }: NameKey): void {
  if (names.find(low, high) < 0) names.push(low, high, 1)
}

/**
 * Returns the unknown names of the hour of recording. The time of recording decides, not that of the event: who invents names could
 * invent times as well. A clock that lags behind that of another process counts in the later hour.
 * @param now time of recording, in ms. Infinity where no time is known: then no names are kept
 */
function unknownInHour(user: UserValue, now: number): { readonly items: CountTable; readonly places: CountTable } {
  if (now === Number.POSITIVE_INFINITY) return COUNTED_UNKNOWN.empty()
  const held = user.get(COUNTED_UNKNOWN)
  const hour = Math.floor(now / HOUR)
  if (hour > held.hour) {
    held.hour = hour
    held.items.clear()
    held.places.clear()
  }
  return held
}
