import { insertRow, placeRow, removeRow, type Table } from '../state/column-codec.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import { type ActedItem, type EventMeaning, type EventRole, KEPT_ITEMS, meaningOf } from './event-meaning.ts'
import { lookedAt, recentlySeen, shownItems } from './user-item.ts'

/** Rows that are kept of all event types together. */
const MAX_ROWS = 300
const MAX_TYPES = 32

/** Event types of the user's actions. The other table names them by their places, so no row is ever removed. */
const TYPES = tablePart('action_types', 1, { type: 'text' })

/** The latest time of each event type on each item, latest first. `type` is a row of `TYPES`. */
const ACTION_COLUMNS = { item: 'text', type: 'count', last: 'time' } as const
const ACTIONS = tablePart('actions', 1, ACTION_COLUMNS)
type Actions = Table<typeof ACTION_COLUMNS>

/** Roles of the events that are kept. */
const ROLES: readonly EventRole[] = ['cart', 'uncart', 'purchase', 'dismiss', 'undismiss', 'other']

/**
 * Returns the items on which the user did an event of one of these types, latest first, with the time of the latest such event. It
 * knows the latest `KEPT_ITEMS` items of each type, as long as they are among the 300 rows that a user value keeps. It does not know impressions,
 * views and clicks: they are most events by far, and `user_item` counts them by role.
 */
export function actedItems(user: UserValue, eventTypes: ReadonlySet<string>): ActedItem[] {
  const wanted = user.get(TYPES).type.map((type) => eventTypes.has(type))
  if (!wanted.includes(true)) return []
  const { item, type, last } = user.get(ACTIONS)
  const found = new Map<string, number>()
  for (let row = 0; row < item.length; row++) if (wanted[type[row]] && !found.has(item[row])) found.set(item[row], last[row])
  return Array.from(found, ([itemId, at]) => ({ itemId, at }))
}

function reduce({ user, event, meaning, time, facts }: Reduction): void {
  if (!ROLES.includes(meaning.role) || facts.items.length === 0) return
  const type = placeOf(user, event.eventType)
  if (type === undefined) return
  for (const { itemId } of facts.items) remember(user.get(ACTIONS), itemId, type, time)
}

/** Returns the row of an event type. undefined: the user has too many other types. */
function placeOf(user: UserValue, eventType: string): number | undefined {
  const { type } = user.get(TYPES)
  const known = type.indexOf(eventType)
  if (known >= 0) return known
  return type.length < MAX_TYPES ? type.push(eventType) - 1 : undefined
}

function remember(actions: Actions, itemId: string, type: number, time: number): void {
  const { item, type: types, last } = actions
  let row = -1
  let ofType = 0
  for (let i = 0; i < item.length; i++) {
    if (types[i] !== type) continue
    ofType++
    if (item[i] === itemId) row = i
  }
  if (row < 0) {
    insertRow(actions, 0, { item: itemId, type, last: time })
    row = 0
    ofType++
  }
  last[row] = Math.max(last[row], time)
  placeRow(actions, row, 'last')
  if (ofType > KEPT_ITEMS) removeRow(actions, types.lastIndexOf(type))
  if (item.length > MAX_ROWS) removeRow(actions, types.lastIndexOf(mostFrequent(types)))
}

/** Returns the type that has most rows; of several, the first. */
function mostFrequent(types: readonly number[]): number {
  const counts = new Uint16Array(MAX_TYPES)
  for (const type of types) counts[type]++
  return counts.indexOf(Math.max(...counts))
}

/** Keeps, by event type, on which items a user acted: rules leave out items by it. */
export const actionsByType: Accumulator = {
  name: 'actions_by_type',
  entity: 'USER_ITEM',
  description: `The time of the latest event of each type of a user on an item, without impressions, views and clicks. Kept for the latest ${KEPT_ITEMS} items of each event type, and for at most ${MAX_TYPES} types and ${MAX_ROWS} pairs of an item and a type. The rule \`seen\` uses it.`,
  roles: ROLES,
  expires: 'user',
  parts: [TYPES, ACTIONS],
  reduce,
  merge: (into, from) => {
    const places = from.get(TYPES).type.map((type) => placeOf(into, type))
    const { item, type, last } = from.get(ACTIONS)
    // Of equal times the latest to come stays the first.
    for (let row = item.length - 1; row >= 0; row--) {
      const place = places[type[row]]
      if (place !== undefined) remember(into.get(ACTIONS), item[row], place, last[row])
    }
  },
  features: [],
}

/** What decides which of the user's items an event type brings. */
export interface TypesKnown {
  /** Event types that the domain declares. */
  readonly eventTypes: Readonly<Record<string, EventMeaning>>
  /** Time for which impressions, views and clicks are used, and actions of all types together, in ms. */
  readonly knownFor: number
}

/**
 * Returns the items with an event of one of these types, latest first, each once with the time of its latest such event. If `types` is
 * undefined, events of all types but impressions count. All types of
 * impressions count alike, and so do all types of views, and of clicks. Of an item with views and clicks, the time is that of the latest
 * of both.
 */
export function itemsByType(user: UserValue, now: number, types: readonly string[] | undefined, known: TypesKnown): ActedItem[] {
  const { knownFor } = known
  if (types === undefined) return recentlySeen(user, now, knownFor)
  const roles = new Set<EventRole>(types.map((type) => meaningOf(known, type).role))
  const lists = [actedItems(user, new Set(types))]
  if (roles.has('view') || roles.has('click')) lists.push(lookedAt(user, now, knownFor, roles))
  if (roles.has('impression')) lists.push(shownItems(user, now, knownFor))
  const filled = lists.filter((list) => list.length > 0)
  if (filled.length <= 1) return filled[0] ?? []
  const found = new Map<string, ActedItem>()
  for (const item of filled.flat().sort((a, b) => b.at - a.at)) if (!found.has(item.itemId)) found.set(item.itemId, item)
  return [...found.values()]
}
