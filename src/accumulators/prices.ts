import { addDecayedCell, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { attributeKey, decayedSum } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { ACTIONS } from './event-meaning.ts'

/** Makes a feature of a declared number attribute of items: `itemNumber('salary')` gives `item_salary`. */
export function itemNumber(attribute: string): Accumulator {
  return {
    name: `item_${attribute}`,
    entity: 'ITEM',
    description: `The item's ${attribute}, as it was uploaded.`,
    roles: [],
    attributes: { [attribute]: 'number' },
    features: [
      {
        name: `item_${attribute}`,
        entity: 'ITEM',
        description: `The ${attribute} of the item, as uploaded`,
        unit: `unit of the ${attribute}`,
        missing: `when the item has no ${attribute}`,
        column:
          ({ attributes }) =>
          (row) => {
            const value = attributes[row][attribute]
            return typeof value === 'number' ? value : Number.NaN
          },
      },
    ],
  }
}

/** Sums of ln(price) and of ones over the events on a category's items: their ratio is the log of the geometric mean. */
const LOG_PRICE = decayedSum('attribute', 'log_price', 30 * DAY)
const PRICED = decayedSum('attribute', 'priced', 30 * DAY)

export const itemPrice: Accumulator = {
  name: 'item_price',
  entity: 'ITEM',
  description: "The item's price, and its price relative to its category.",
  roles: ACTIONS,
  expires: 'item',
  attributes: { price: 'number', category: 'key' },
  slots: [LOG_PRICE, PRICED],
  reduce: ({ meaning, facts, increments, time }) => {
    if (meaning.weight <= 0) return
    for (const { attributes } of facts.items) {
      const { price, category } = attributes
      if (typeof price !== 'number' || price <= 0 || typeof category !== 'string') continue
      const key = attributeKey('category', category)
      increments.seen(key, time)
      increments.addDecayed(LOG_PRICE, key, Math.log(price), time)
      increments.addDecayed(PRICED, key, 1, time)
    }
  },
  features: [
    {
      name: 'item_price',
      entity: 'ITEM',
      description: 'Price of the item, as uploaded',
      unit: 'currency of the shop',
      missing: 'when the item has no price',
      column:
        ({ attributes }) =>
        (row) => {
          const { price } = attributes[row]
          return typeof price === 'number' ? price : Number.NaN
        },
    },
    {
      name: 'item_price_to_category',
      entity: 'ITEM',
      description:
        'Price of the item divided by the usual price in its category. The usual price is the geometric mean over the actions of all users on items of the category, decayed with a half-life of 30 days',
      unit: 'ratio',
      missing: 'when the item has no price or no category, or no event is known in that category',
      column: ({ attributes, attributeRows }) => {
        const logPrice = attributeRows.rows.decayed(LOG_PRICE)
        const priced = attributeRows.rows.decayed(PRICED)
        return (row) => {
          const { price, category } = attributes[row]
          if (typeof price !== 'number' || price <= 0 || typeof category !== 'string') return Number.NaN
          const at = attributeRows.rowOf('category', category)
          const events = at < 0 ? 0 : priced(at)
          return events > 0 ? price / Math.exp(logPrice(at) / events) : Number.NaN
        }
      },
    },
  ],
}

const HALF_LIFE = 30 * DAY

/** Three decayed sums over the user's actions: of 1, of ln(number), and of its square. */
function momentsPart(attribute: string) {
  return tablePart(
    `${attribute}_moments`,
    1,
    { sum: 'real', epoch: 'count' },
    { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
  )
}

/**
 * Makes the accumulator of the user's level of a positive number attribute, such as `price` or `salary`: its mean over the user's
 * actions, and the distance of an item from it. `userPrice('salary')` gives `user_salary_mean` and `pair_salary_z`.
 */
export function userPrice(attribute: string): Accumulator {
  const part = momentsPart(attribute)
  /** Mean and spread of the logarithm, NaN before the first action on an item with the number. */
  const logLevel = (user: UserValue, now: number): { mean: number; spread: number } => {
    const { sum, epoch } = user.get(part)
    if (sum.length === 0) return { mean: Number.NaN, spread: Number.NaN }
    const [ones, logs, squares] = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
    const mean = logs / ones
    return { mean, spread: Math.sqrt(Math.max(0, squares / ones - mean * mean)) }
  }
  return {
    name: `user_${attribute}`,
    entity: 'USER',
    description: `The ${attribute} level of items that a user acts on, decayed with a half-life of 30 days.`,
    roles: ACTIONS,
    expires: 'user',
    attributes: { [attribute]: 'number' },
    parts: [part],
    reduce: ({ meaning, facts, user, time }) => {
      if (meaning.weight <= 0) return
      for (const { attributes } of facts.items) {
        const value = attributes[attribute]
        if (typeof value !== 'number' || value <= 0) continue
        const { sum, epoch } = user.get(part)
        const log = Math.log(value)
        addDecayedCell(sum, epoch, 0, meaning.weight, time, HALF_LIFE)
        addDecayedCell(sum, epoch, 1, meaning.weight * log, time, HALF_LIFE)
        addDecayedCell(sum, epoch, 2, meaning.weight * log * log, time, HALF_LIFE)
      }
    },
    merge: (into, from) => mergeDecayedCells(into.get(part), from.get(part)),
    features: [
      {
        name: `user_${attribute}_mean`,
        entity: 'USER',
        description: `Usual ${attribute} of the items that the user acts on: the geometric mean, weighted by event weight and decayed with a half-life of 30 days`,
        unit: `unit of the ${attribute}`,
        missing: `before the user's first action on an item whose ${attribute} is known`,
        column: ({ user, now }) => {
          const value = Math.exp(logLevel(user, now).mean)
          return () => value
        },
      },
      {
        name: `pair_${attribute}_z`,
        entity: 'USER_ITEM',
        description: `How far the item's ${attribute} is from the usual ${attribute} of items that the user acts on. Below 0: less than usual. The formula is (ln(${attribute}) − m) / max(s, 0.2). Here, m and s are the mean and the standard deviation of ln(${attribute}) over the user's actions, weighted by event weight and decayed with a half-life of 30 days`,
        unit: 'standard deviations',
        missing: `when the item has no ${attribute}, or before the user's first action on an item whose ${attribute} is known`,
        column: ({ user, now, attributes }) => {
          const { mean, spread } = logLevel(user, now)
          return (row) => {
            const value = attributes[row][attribute]
            return typeof value === 'number' && value > 0 ? (Math.log(value) - mean) / Math.max(spread, 0.2) : Number.NaN
          }
        },
      },
    ],
  }
}
