import { addDecayedCell, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { ACTIONS } from './event-meaning.ts'

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
