import { addDecayedCell, DAY, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator } from './accumulator.ts'

const HALF_LIFE = 30 * DAY

/** Three decayed sums over the user's actions: of 1, of ln(price), and of its square. */
const MOMENTS = tablePart('price_moments', 1, { sum: 'real', epoch: 'count' })

/** Mean and spread of ln(price), NaN before the first priced action. */
function logPrice(user: UserValue, now: number): { mean: number; spread: number } {
  const { sum, epoch } = user.get(MOMENTS)
  if (sum.length === 0) return { mean: Number.NaN, spread: Number.NaN }
  const [ones, logs, squares] = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
  const mean = logs / ones
  return { mean, spread: Math.sqrt(Math.max(0, squares / ones - mean * mean)) }
}

export const userPrice: Accumulator = {
  name: 'user_price',
  entity: 'USER',
  description: 'The price level of what a user acts on, decayed with a half-life of 30 days.',
  roles: ['view', 'click', 'cart', 'purchase'],
  expires: 'user',
  parts: [MOMENTS],
  reduce: ({ meaning, facts, user, time }) => {
    if (meaning.weight <= 0) return
    for (const { attributes } of facts.items) {
      const { price } = attributes
      if (typeof price !== 'number' || price <= 0) continue
      const { sum, epoch } = user.get(MOMENTS)
      const log = Math.log(price)
      addDecayedCell(sum, epoch, 0, meaning.weight, time, HALF_LIFE)
      addDecayedCell(sum, epoch, 1, meaning.weight * log, time, HALF_LIFE)
      addDecayedCell(sum, epoch, 2, meaning.weight * log * log, time, HALF_LIFE)
    }
  },
  merge: (into, from) => mergeDecayedCells(into.get(MOMENTS), from.get(MOMENTS)),
  features: [
    {
      name: 'user_price_mean',
      entity: 'USER',
      description: 'Geometric mean of the prices that the user acts on',
      unit: 'currency of the shop',
      missing: 'before the first action on an item with a price',
      column: ({ user, now }) => {
        const value = Math.exp(logPrice(user, now).mean)
        return () => value
      },
    },
    {
      name: 'pair_price_z',
      entity: 'USER_ITEM',
      description:
        "How far the item's price lies from the user's level: difference of logarithms over the user's spread (at least 0.2)",
      unit: 'standard deviations',
      missing: 'when the item has no price, or before the first action of the user on an item with a price',
      column: ({ user, now, attributes }) => {
        const { mean, spread } = logPrice(user, now)
        return (row) => {
          const { price } = attributes[row]
          return typeof price === 'number' && price > 0 ? (Math.log(price) - mean) / Math.max(spread, 0.2) : Number.NaN
        }
      },
    },
  ],
}
