import { filterRows, insertRow, placeRow, removeRow, type Table } from '../state/column-codec.ts'
import { itemKey, scoredSet } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Feature, Reduction } from './accumulator.ts'
import { rankIn } from './candidate-features.ts'
import { ACTIONS } from './event-meaning.ts'
import { oncePerInput } from './feature-input.ts'
import type { PairSums } from './pair-sums.ts'

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
function reduceBasket({ user, meaning, facts, time, increments }: Reduction): void {
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
    putIntoBasket(basket, itemId, after, time)
  }
}

function putIntoBasket(basket: Table<typeof BASKET_COLUMNS>, itemId: string, weight: number, time: number): void {
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
  reduce: reduceBasket,
  merge: (into, from) => {
    const { item, weight, at } = from.get(BASKET)
    for (let i = item.length - 1; i >= 0; i--) putIntoBasket(into.get(BASKET), item[i], weight[i], at[i])
  },
  features: [rankIn('chosen_together', 'item_together_rank')],
}

const WINDOW = 10
const DAMPING = 0.7
/** Gain of the direction against the order of the actions. */
const REVERSE = 0.5
const SHRINKAGE = 1

const RECENT_COLUMNS = { item: 'text', weight: 'real', at: 'time' } as const
/** The latest ten distinct items of a user by time, latest first, each with the highest weight of any action on it. */
export const RECENT = tablePart('recent_items', 1, RECENT_COLUMNS)

/**
 * Returns the latest items that the user acted on, latest first: at most ten distinct items, with the time of the action in ms
 * since 1970.
 */
export function recentItems(user: UserValue): { itemId: string; at: number }[] {
  const { item, at } = user.get(RECENT)
  return item.map((itemId, row) => ({ itemId, at: at[row] }))
}

/**
 * Returns the similarity of neighbour j to item k: c_kj / ((n_k + λ)^0.5 · (n_j + λ)^0.3). Use it to rank the neighbours of one
 * item (accumulators.md, "Item-to-item collaborative filtering, online").
 */
export function similarity(coOccurrence: number, strengthOfItem: number, strengthOfNeighbour: number): number {
  return coOccurrence / (dampingOfItem(strengthOfItem) * dampingOfNeighbour(strengthOfNeighbour))
}

function dampingOfItem(strength: number): number {
  return (strength + SHRINKAGE) ** 0.5
}

function dampingOfNeighbour(strength: number): number {
  return (strength + SHRINKAGE) ** 0.3
}

/**
 * When an action raises the weight of j from w to w', each recent item k of weight v gains min(w', v) − min(w, v) with j,
 * damped by 0.7 per item in between; the other direction gains half. Only the difference counts, so that repeats among the
 * latest ten count once. An event that comes late stands where it would have stood: of two items the later is the one that followed.
 */
function reduce({ user, meaning, facts, time, increments }: Reduction, { neighbours, strength }: PairSums): void {
  if (meaning.role === 'impression') return
  for (const { itemId } of facts.items) {
    const recent = user.get(RECENT)
    const row = recent.item.indexOf(itemId)
    if (meaning.role === 'uncart') {
      if (row >= 0) recent.weight[row] = Math.min(recent.weight[row], 1)
      continue
    }
    if (meaning.weight <= 0) continue
    const before = row < 0 ? 0 : recent.weight[row]
    const after = Math.max(before, meaning.weight)
    if (after > before) {
      const key = itemKey(itemId)
      const others = recent.item.map((_, i) => i).filter((i) => i !== row)
      const laterOnes = others.filter((i) => recent.at[i] > time).length
      others.forEach((i, place) => {
        const isLater = place < laterOnes
        const between = isLater ? laterOnes - 1 - place : place - laterOnes
        const gain = (Math.min(after, recent.weight[i]) - Math.min(before, recent.weight[i])) * DAMPING ** between
        if (gain <= 0) return
        increments.addToSet(neighbours, itemKey(recent.item[i]), itemId, isLater ? gain * REVERSE : gain, time)
        increments.addToSet(neighbours, key, recent.item[i], isLater ? gain : gain * REVERSE, time)
      })
      increments.addDecayed(strength, key, after - before, time)
    }
    remember(recent, row, itemId, after, time)
  }
}

function remember(recent: Table<typeof RECENT_COLUMNS>, row: number, itemId: string, weight: number, time: number): void {
  if (row >= 0) {
    recent.weight[row] = weight
    recent.at[row] = Math.max(recent.at[row], time)
    placeRow(recent, row, 'at')
    return
  }
  insertRow(recent, 0, { item: itemId, weight, at: time })
  placeRow(recent, 0, 'at')
  if (recent.item.length > WINDOW) removeRow(recent, recent.item.length - 1)
}

/** Similarities of all rows to all anchors: row r and anchor a at [a · rows + r]. 0 if the row is not a neighbour of the anchor. */
export const anchorSimilarities = oncePerInput((input) => {
  const { anchors, itemIds, items, pairs } = input
  const strength = items.decayed(pairs.strength)
  const rowOf = new Map<string, number>()
  // `similarity` of each pair, with the powers of each item computed once.
  const damping = new Float64Array(itemIds.length)
  for (let row = 0; row < itemIds.length; row++) {
    rowOf.set(itemIds[row], row)
    damping[row] = dampingOfNeighbour(strength(row))
  }
  const found = new Float64Array(anchors.length * itemIds.length)
  anchors.forEach(({ neighbours: { members, scores }, strength: ofAnchor }, a) => {
    const dampingOfAnchor = dampingOfItem(ofAnchor)
    for (let i = 0; i < members.length; i++) {
      const row = rowOf.get(members[i])
      if (row !== undefined) found[a * itemIds.length + row] = scores[i] / (dampingOfAnchor * damping[row])
    }
  })
  return found
})

function ofSession(
  name: string,
  description: string,
  combine: (standing: (anchor: number) => number, anchors: number) => number,
): Feature {
  return {
    name,
    entity: 'USER_ITEM',
    description,
    missing: 'when the session has not acted on an item',
    column: (input) => {
      const { session, anchors, itemIds } = input
      const ofThisSession = session ? anchors.filter(({ at }) => at >= session.start).length : 0
      if (ofThisSession === 0) return () => Number.NaN
      const found = anchorSimilarities(input)
      return (row) => combine((anchor) => found[anchor * itemIds.length + row], ofThisSession)
    },
  }
}

const withoutSums: Accumulator = {
  name: 'item_to_item',
  entity: 'ITEM',
  description: 'Online item-to-item collaborative filtering: which items the same users act on within a short time.',
  roles: ACTIONS,
  expires: 'item',
  parts: [RECENT],
  merge: (into, from) => {
    const recent = into.get(RECENT)
    const { item, weight, at } = from.get(RECENT)
    // Of equal times the latest to come stays the first.
    for (let i = item.length - 1; i >= 0; i--) {
      const row = recent.item.indexOf(item[i])
      const heaviest = Math.max(weight[i], row < 0 ? 0 : recent.weight[row])
      remember(recent, row, item[i], heaviest, at[i])
    }
  },
  features: [
    ofSession(
      'session_item_cf_last',
      "Similarity of the item to the session's latest item. It is high if the same users often act on both within a short time, lower for popular items, and 0 if no user acts on both",
      (standing) => standing(0),
    ),
    ofSession(
      'session_item_cf_max',
      "Largest similarity (as in session_item_cf_last) of the item to one of the session's latest ten items",
      (standing, anchors) => {
        let largest = 0
        for (let a = 0; a < anchors; a++) largest = Math.max(largest, standing(a))
        return largest
      },
    ),
    ofSession(
      'session_item_cf_mean',
      "Mean similarity (as in session_item_cf_last) of the item to the session's latest ten items",
      (standing, anchors) => {
        let total = 0
        for (let a = 0; a < anchors; a++) total += standing(a)
        return total / anchors
      },
    ),
    rankIn('item_to_item', 'item_cf_rank'),
  ],
}

/** Makes the accumulator of online item-to-item collaborative filtering. */
export function itemToItem(pairs: PairSums): Accumulator {
  return { ...withoutSums, slots: [pairs.strength], sets: [pairs.neighbours], reduce: (reduction) => reduce(reduction, pairs) }
}
