import type { Table } from '../state/column-codec.ts'
import { filterRows, insertRow, placeRow, removeRow } from '../state/column-table.ts'
import { itemKey, scoredSet } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Reduction } from './accumulator.ts'

/** How long a basket is one basket: what is chosen within a day of each other is chosen together. */
const BASKET_SPAN = DAY
const MAX_BASKET = 10
const CARTED = 1
const BOUGHT = 2

/**
 * Items chosen together with an item, each with the decayed weight of co-occurrences. Kept short, so that it takes little space per
 * item.
 */
export const TOGETHER = scoredSet('item', 'together', 30 * DAY, 24, 32)

const BASKET_COLUMNS = { item: 'text', weight: 'count', at: 'time' } as const
/** What the user put into the cart or bought within a day, the latest first. */
export const BASKET = tablePart('basket', 1, BASKET_COLUMNS)

/** Returns items that the user put into the cart and did not take out, or bought, within the last day. Latest first. */
export function basketOf(user: UserValue, now: number): string[] {
  const { item, weight, at } = user.get(BASKET)
  return item.filter((_, row) => weight[row] > 0 && at[row] >= now - BASKET_SPAN)
}

/** Returns the items that the user put into the cart within the last day, and took out. */
export function takenOut(user: UserValue, now: number): string[] {
  const { item, weight, at } = user.get(BASKET)
  return item.filter((_, row) => weight[row] === 0 && at[row] >= now - BASKET_SPAN)
}

/**
 * When j is put into the cart (weight 1) or bought (2), each other item k of the basket of weight v gains min(w', v) − min(w, v) with j,
 * and j with k: as in item-to-item, without an order, since a basket has none. What is taken out of the cart weighs nothing from then on, unless it was bought within the day.
 */
function reduce({ user, meaning, facts, time, increments }: Reduction): void {
  const weight = meaning.isUnliked ? 0 : meaning.role === 'cart' ? CARTED : meaning.role === 'purchase' ? BOUGHT : 0
  if (weight === 0 && meaning.role !== 'uncart') return
  const basket = user.get(BASKET)
  filterRows(basket, basket.item.length, (row) => basket.at[row] >= time - BASKET_SPAN)
  for (const { itemId } of facts.items) {
    const row = basket.item.indexOf(itemId)
    if (weight === 0) {
      // What was bought stays chosen: shops empty the cart after a purchase.
      if (row >= 0 && basket.weight[row] < BOUGHT) basket.weight[row] = 0
      continue
    }
    const before = row < 0 ? 0 : basket.weight[row]
    const after = Math.max(before, weight)
    for (let i = 0; i < basket.item.length; i++) {
      if (i === row || basket.at[i] > time + BASKET_SPAN) continue
      const gain = Math.min(after, basket.weight[i]) - Math.min(before, basket.weight[i])
      if (gain <= 0) continue
      increments.addToSet(TOGETHER, itemKey(basket.item[i]), itemId, gain, time)
      increments.addToSet(TOGETHER, itemKey(itemId), basket.item[i], gain, time)
    }
    remember(basket, itemId, after, time)
  }
}

function remember(basket: Table<typeof BASKET_COLUMNS>, itemId: string, weight: number, time: number): void {
  let row = basket.item.indexOf(itemId)
  if (row < 0) {
    insertRow(basket, 0, { item: itemId, weight, at: time })
    row = 0
  }
  basket.weight[row] = Math.max(basket.weight[row], weight)
  basket.at[row] = Math.max(basket.at[row], time)
  placeRow(basket, row, 'at')
  if (basket.item.length > MAX_BASKET) removeRow(basket, basket.item.length - 1)
}

export const chosenTogether: Accumulator = {
  name: 'chosen_together',
  entity: 'ITEM',
  description: 'Which items the same user puts into one cart, or buys, within a day.',
  roles: ['cart', 'uncart', 'purchase'],
  expires: 'item',
  parts: [BASKET],
  sets: [TOGETHER],
  reduce,
  merge: (into, from) => {
    const { item, weight, at } = from.get(BASKET)
    for (let i = item.length - 1; i >= 0; i--) remember(into.get(BASKET), item[i], weight[i], at[i])
  },
  features: [
    {
      name: 'item_together_rank',
      entity: 'SLATE',
      description:
        "Rank of the item, from 1 (the top), in the source chosen_together. It proposes items that others put into the cart, or bought, together with an item in the user's cart or on screen",
      missing: 'when the source chosen_together did not propose the item',
      column: ({ sources }) => {
        const ranks = sources.get('chosen_together')?.ranks
        return (row) => ranks?.[row] ?? Number.NaN
      },
    },
  ],
}
