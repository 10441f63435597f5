import type { Domain } from '../../src/domain/domain.ts'
import { type SeenBy, seenItems } from '../../src/rules/seen-rule.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import type { NextItem } from '../learning/next-items.ts'

/** Sets of rows on which delays and slates are judged too. */
export const DETAILED_ROW_SETS = ['all', 'new'] as const
export type DetailedRowSet = (typeof DETAILED_ROW_SETS)[number]

/**
 * All sets of rows. A row is a moment right after an action, except for `openings`: right before a session's first action, whose
 * item is the next item. `new` is the primary set. The sets differ in their rows, and in what every list leaves out:
 * - `all`: every row; nothing is left out.
 * - `new`: the next item is new to the session; the session's items are left out.
 * - `other`: the next item is not the item just acted on, which is left out.
 * - `newToUser`: the user has never acted on the next item; all items that the user has acted on are left out.
 * - `asServed`: every row; the items are left out that the domain's key `seen` leaves out of slates. So a next item among them is
 *   a miss.
 */
export const ROW_SETS = [...DETAILED_ROW_SETS, 'other', 'newToUser', 'asServed', 'openings'] as const
export type RowSet = (typeof ROW_SETS)[number]

/** Sets of rows whose slices have figures of their own. */
export const SLICED_ROW_SETS: readonly RowSet[] = ['all', 'new', 'openings']

const NAMES: Readonly<Record<RowSet, string>> = {
  all: 'all rows',
  new: 'new rows',
  other: 'other rows',
  newToUser: 'rows new to the user',
  asServed: 'rows as served',
  openings: 'openings',
}

/** Returns the name of a set of rows for a heading. */
export function rowSetName(rowSet: RowSet): string {
  return NAMES[rowSet]
}

/** Makes a value for each set of rows. */
export function perRowSet<Value>(make: (rowSet: RowSet) => Value): Record<RowSet, Value> {
  return Object.fromEntries(ROW_SETS.map((rowSet) => [rowSet, make(rowSet)])) as Record<RowSet, Value>
}

/** Items that no list of a row contains, by the set that the row is judged in. None if absent. */
export type ItemsLeftOut = { readonly [Set in RowSet]?: ReadonlySet<string> }

/** What is known at a row right after an action. */
export interface RowKnown {
  readonly next: NextItem
  /** Items of the session in order; the last action last. */
  readonly prefix: readonly string[]
  readonly ofSession: ReadonlySet<string>
  /** All items that the user has acted on, in this session or earlier. */
  readonly ofUser: ReadonlySet<string>
}

/** Returns the sets to which a row right after an action belongs. */
export function rowSetsOf({ next, prefix, ofUser }: Omit<RowKnown, 'ofSession'>): RowSet[] {
  const sets: RowSet[] = ['all', 'asServed']
  if (next.isNew) sets.push('new')
  if (next.itemId !== prefix[prefix.length - 1]) sets.push('other')
  if (!ofUser.has(next.itemId)) sets.push('newToUser')
  return sets
}

/** Returns what the lists of a row right after an action leave out. */
export function leftOutAt(
  { prefix, ofSession, ofUser }: Omit<RowKnown, 'next'>,
  set: CandidateSet,
  domain: Domain,
): ItemsLeftOut {
  const { user, now, session, expiry } = set.input
  const seenBy: SeenBy = { user, now, session, knownFor: expiry.pair, eventTypes: domain.eventTypes }
  return {
    new: ofSession,
    other: new Set(prefix.slice(-1)),
    newToUser: ofUser,
    asServed: new Set((domain.seen ?? []).flatMap((rule) => seenItems(rule, seenBy))),
  }
}
