import { filterRows, insertRow, placeRow, removeRow, type Table } from '../state/column-codec.ts'
import type { Expiry } from '../state/expiry.ts'
import type { ItemFacts } from '../state/log-entry.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import { PURCHASES } from './buy-again.ts'
import type { ActedItem } from './event-meaning.ts'
import { BASKET, RECENT } from './item-to-item.ts'
import { SESSION_ITEMS } from './session.ts'
import { PAIRS } from './user-item.ts'

/** Maximum number of dismissed items of a user. */
export const MOST_DISMISSED = 1000

/**
 * The latest decision of a user about an item, latest first by time: dismissed (1), or dismissed no more (0). The latter must be known
 * as well: a dismissal before it may arrive later, or come from another id of the person.
 */
const COLUMNS = { item: 'text', dismissed: 'count', at: 'time' } as const
type Decisions = Table<typeof COLUMNS>
const DISMISSED = tablePart('dismissed', 1, COLUMNS)

/** What makes an item an anchor: parts that list items by an action of the user. */
const TRACES = [PAIRS, RECENT, SESSION_ITEMS, BASKET, PURCHASES]

const NONE: ReadonlySet<string> = new Set()

/** Returns the items that the user has dismissed, and wants to see no more. */
export function dismissedItems(user: UserValue, now: number, { dismissal }: Expiry): ReadonlySet<string> {
  if (!user.parts.has(DISMISSED.name)) return NONE
  const { item, dismissed, at } = user.get(DISMISSED)
  return new Set(item.filter((_, row) => isInForce(dismissed[row], at[row], now, dismissal)))
}

function isInForce(dismissed: number, at: number, now: number, dismissal: number): boolean {
  return dismissed === 1 && at >= now - dismissal
}

/** Returns the items that the user has dismissed, and wants to see no more, latest first. @param most maximum number of items */
export function latestDismissals(user: UserValue, now: number, { dismissal }: Expiry, most: number): ActedItem[] {
  if (!user.parts.has(DISMISSED.name)) return []
  const { item, dismissed, at } = user.get(DISMISSED)
  const found: ActedItem[] = []
  for (let row = 0; row < item.length && found.length < most; row++)
    if (isInForce(dismissed[row], at[row], now, dismissal)) found.push({ itemId: item[row], at: at[row] })
  return found
}

/** Returns whether the user has dismissed every one of these items, of which there is at least one. */
export function areDismissed(user: UserValue, items: readonly ItemFacts[], now: number, expiry: Expiry): boolean {
  if (items.length === 0 || !user.parts.has(DISMISSED.name)) return false
  const dismissed = dismissedItems(user, now, expiry)
  return items.every(({ itemId }) => dismissed.has(itemId))
}

/** Returns whether the user has dismissed as many items as are kept, so that each further one takes the place of the oldest. */
export function isDismissedFull(user: UserValue): boolean {
  const { item, dismissed } = user.get(DISMISSED)
  return item.length >= MOST_DISMISSED && !dismissed.includes(0)
}

/** Removes what would make dismissed items anchors of a slate: that the user acted on them. @param user changed in place */
export function removeTraces(user: UserValue, dismissed: ReadonlySet<string>): void {
  if (dismissed.size === 0) return
  for (const part of TRACES) {
    const table = user.get<Table<{ item: 'text' }>>(part)
    filterRows(table, table.item.length, (row) => !dismissed.has(table.item[row]))
  }
}

function reduce({ user, meaning, facts, time, expiry }: Reduction): void {
  if (meaning.role !== 'dismiss' && meaning.role !== 'undismiss') return
  const decisions = user.get(DISMISSED)
  filterRows(decisions, decisions.item.length, (row) => decisions.at[row] >= time - expiry.dismissal)
  for (const { itemId } of facts.items) decide(decisions, itemId, meaning.role === 'dismiss' ? 1 : 0, time)
}

function decide(decisions: Decisions, itemId: string, dismissed: number, time: number): void {
  const { item, at } = decisions
  const row = item.indexOf(itemId)
  if (row >= 0) {
    if (at[row] > time) return
    removeRow(decisions, row)
  }
  insertRow(decisions, 0, { item: itemId, dismissed, at: time })
  placeRow(decisions, 0, 'at')
  if (item.length <= MOST_DISMISSED) return
  const oldestUndone = decisions.dismissed.lastIndexOf(0)
  removeRow(decisions, oldestUndone < 0 ? item.length - 1 : oldestUndone)
}

/** Keeps which items a user has dismissed: slates leave them out. */
export const dismissals: Accumulator = {
  name: 'dismissals',
  entity: 'USER_ITEM',
  description: `Items that a user has dismissed, at most ${MOST_DISMISSED}. Slates of the user leave them out.`,
  roles: ['dismiss', 'undismiss'],
  expires: 'dismissal',
  parts: [DISMISSED],
  reduce,
  merge: (into, from) => {
    const decisions = into.get(DISMISSED)
    const { item, dismissed, at } = from.get(DISMISSED)
    for (let i = item.length - 1; i >= 0; i--) {
      const row = decisions.item.indexOf(item[i])
      // Of decisions at the same time, the dismissal stays.
      if (row < 0 || at[i] > decisions.at[row] || dismissed[i] === 1) decide(decisions, item[i], dismissed[i], at[i])
    }
  },
  features: [],
}
