import { filterRows, insertRow, placeRow, removeRow, type Table } from '../state/column-codec.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Feature, Reduction } from './accumulator.ts'
import { KEPT_ITEMS } from './event-meaning.ts'
import { oncePerInput } from './feature-input.ts'

/** Half-life of the number of purchases of an item: what a household bought often, it buys again. */
const HALF_LIFE = 60 * DAY

const COLUMNS = { item: 'text', times: 'count', decayed: 'real', first: 'time', last: 'time' } as const
type Purchases = Table<typeof COLUMNS>

/**
 * Items that the user bought, latest purchase first: how many times, the same decayed to the latest purchase, and the times of the first
 * and the latest.
 */
export const PURCHASES = tablePart('purchases', 1, COLUMNS)

/**
 * Returns the items that the user bought within `ttl` ms, each with its decayed number of purchases, in any order.
 * @param before time in ms: what was bought since then is left out, since nobody buys it again in the same basket
 */
export function boughtItems(
  user: UserValue,
  now: number,
  ttl: number,
  before = Number.POSITIVE_INFINITY,
): { itemId: string; decayed: number }[] {
  const { item, decayed, last } = user.get(PURCHASES)
  return item.flatMap((itemId, row) =>
    last[row] < now - ttl || last[row] >= before ? [] : [{ itemId, decayed: decayed[row] * weightAfter(now - last[row]) }],
  )
}

/** Returns what a purchase counts after a time, in ms. */
function weightAfter(ms: number): number {
  return 2 ** (-Math.max(0, ms) / HALF_LIFE)
}

function reduce({ user, meaning, facts, time, expiry }: Reduction): void {
  if (meaning.role !== 'purchase' || meaning.isUnliked) return
  const purchases = user.get(PURCHASES)
  filterRows(purchases, purchases.item.length, (row) => purchases.last[row] >= time - expiry.pair)
  for (const { itemId } of facts.items) add(purchases, { item: itemId, times: 1, decayed: 1, first: time, last: time })
  trim(purchases)
}

type Row = { readonly [column in keyof typeof COLUMNS]: column extends 'item' ? string : number }

/** Adds purchases of an item. Two at the same time are one: a basket may name an item twice. */
function add(purchases: Purchases, { item, times, decayed, first, last }: Row): void {
  let row = purchases.item.indexOf(item)
  if (row < 0) {
    insertRow(purchases, 0, { item, times, decayed, first, last })
    row = 0
  } else if (times > 1 || (last !== purchases.last[row] && last !== purchases.first[row])) {
    const latest = Math.max(last, purchases.last[row])
    purchases.times[row] += times
    purchases.decayed[row] =
      purchases.decayed[row] * weightAfter(latest - purchases.last[row]) + decayed * weightAfter(latest - last)
    purchases.first[row] = Math.min(first, purchases.first[row])
    purchases.last[row] = latest
  }
  placeRow(purchases, row, 'last')
}

function trim(purchases: Purchases): void {
  while (purchases.item.length > KEPT_ITEMS) removeRow(purchases, purchases.item.length - 1)
}

/** By candidate its row in the user's purchases; -1 where there is none that has not expired. */
const purchaseRows = oncePerInput(({ user, now, expiry, itemIds }) => {
  const { item, last } = user.get(PURCHASES)
  const rowOf = new Map<string, number>()
  for (let row = 0; row < item.length; row++) if (last[row] >= now - expiry.pair) rowOf.set(item[row], row)
  return Int32Array.from(itemIds, (itemId) => rowOf.get(itemId) ?? -1)
})

/** @param value of a row of the user's purchases, at `now` */
function feature(
  told: Pick<Feature, 'name' | 'description' | 'unit' | 'missing'>,
  without: number,
  value: (purchases: Purchases, row: number, now: number) => number,
): Feature {
  return {
    ...told,
    entity: 'USER_ITEM',
    column: (input) => {
      const rows = purchaseRows(input)
      const purchases = input.user.get(PURCHASES)
      return (row) => (rows[row] < 0 ? without : value(purchases, rows[row], input.now))
    },
  }
}

function meanInterval({ times, first, last }: Purchases, row: number): number {
  return times[row] > 1 ? (last[row] - first[row]) / (times[row] - 1) : Number.NaN
}

/** Keeps how often and how regularly a user buys each item. */
export const buyAgain: Accumulator = {
  name: 'buy_again',
  entity: 'USER_ITEM',
  description: `How often a user bought an item, and at which intervals. Kept for the latest ${KEPT_ITEMS} items that the user bought.`,
  roles: ['purchase'],
  expires: 'pair',
  parts: [PURCHASES],
  reduce,
  merge: (into, from) => {
    const purchases = into.get(PURCHASES)
    const { item, times, decayed, first, last } = from.get(PURCHASES)
    // Of equal times the latest to come stays the first.
    for (let row = item.length - 1; row >= 0; row--)
      add(purchases, {
        ...{ item: item[row], times: times[row], decayed: decayed[row], first: first[row], last: last[row] },
      })
    trim(purchases)
  },
  features: [
    feature(
      {
        name: 'pair_purchases_60d',
        description: 'Number of times that the user bought the item, decayed with a half-life of 60 days',
        unit: 'purchases',
        missing: 'never (0 without purchases, or if the pair has expired)',
      },
      0,
      ({ decayed, last }, row, now) => decayed[row] * weightAfter(now - last[row]),
    ),
    feature(
      {
        name: 'pair_purchase_interval',
        description: 'Mean time between two purchases of the item by the user',
        unit: 'seconds',
        missing: 'when the user bought the item less than twice, or the pair has expired',
      },
      Number.NaN,
      (purchases, row) => meanInterval(purchases, row) / 1000,
    ),
    feature(
      {
        name: 'pair_purchase_due',
        description: 'Time since the user last bought the item, divided by the mean time between two such purchases',
        unit: 'ratio',
        missing: 'when the user bought the item less than twice, or the pair has expired',
      },
      Number.NaN,
      (purchases, row, now) => Math.max(0, now - purchases.last[row]) / meanInterval(purchases, row),
    ),
  ],
}
