import { removeRow } from '../state/column-table.ts'
import { addDecayedCell, decayedCells, mergeDecayedCell } from '../state/decay.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, FeatureShare } from './accumulator.ts'
import { valuesOf } from './counted-values.ts'
import { ACTIONS } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

const MAX_VALUES = 32
const HALF_LIFE = 14 * DAY

function favouritesPart(attribute: string) {
  return tablePart(
    `favourites_${attribute}`,
    1,
    { value: 'text', sum: 'real', epoch: 'count' },
    { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
  )
}

/** Returns the attribute values that the user acts on, with their shares of the user's decayed weight; largest first. */
export function favouriteShares(user: UserValue, attribute: string, now: number): FeatureShare[] {
  const { value, sum, epoch } = user.get(favouritesPart(attribute))
  const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
  const total = weights.reduce((all, weight) => all + weight, 0)
  if (!(total > 0)) return []
  return value.map((key, row) => ({ key, value: weights[row] / total })).sort((a, b) => b.value - a.value)
}

/** Makes the accumulator of a user's interest in the values of a declared attribute, as shares. */
export function userFavourites(attribute: string): Accumulator {
  const part = favouritesPart(attribute)
  return {
    name: `user_favourite_${attribute}`,
    entity: 'USER',
    description: `Total event weight of the user's actions for each ${attribute}, decayed with a half-life of 14 days. Kept for the ${MAX_VALUES} values with the largest totals.`,
    roles: ACTIONS,
    expires: 'user',
    attributes: { [attribute]: 'key' },
    parts: [part],
    reduce: ({ meaning, facts, user, time }) => {
      if (meaning.weight <= 0) return
      const favourites = user.get(part)
      for (const { attributes } of facts.items) {
        const values = valuesOf(attributes, attribute)
        for (const value of values) {
          let row = favourites.value.indexOf(value)
          if (row < 0) {
            if (favourites.value.length >= MAX_VALUES) removeRow(favourites, lightest(favourites, time))
            row = favourites.value.push(value) - 1
            favourites.sum.push(0)
            favourites.epoch.push(0)
          }
          addDecayedCell(favourites.sum, favourites.epoch, row, meaning.weight / values.length, time, HALF_LIFE)
        }
      }
    },
    merge: (into, from) => {
      const held = into.get(part)
      const { value, sum, epoch } = from.get(part)
      value.forEach((name, i) => {
        let row = held.value.indexOf(name)
        if (row < 0) row = held.value.push(name) - 1
        mergeDecayedCell(held.sum, held.epoch, row, sum[i], epoch[i])
      })
      const time = Math.max(into.lastEventAt, from.lastEventAt)
      while (held.value.length > MAX_VALUES) removeRow(held, lightest(held, time))
    },
    features: [
      {
        name: `user_${attribute}_share`,
        entity: 'USER',
        description: `Share of each ${attribute} among the user's actions, weighted by event weight and decayed with a half-life of 14 days`,
        missing: `when the user acted on no item whose ${attribute} is known`,
        breakdown: ({ user, now }) => favouriteShares(user, attribute, now),
      },
      {
        name: `pair_${attribute}_share`,
        entity: 'USER_ITEM',
        description: `Share of the item's ${attribute} among the user's actions, weighted by event weight and decayed with a half-life of 14 days. If the item has several values, the largest share counts`,
        unit: 'share',
        missing: `when the item has no ${attribute}, or the user acted on no item whose ${attribute} is known`,
        column: (input) => largestShare(input, attribute),
      },
    ],
  }
}

/** Returns the largest share of the values that an item has, by row. */
function largestShare({ user, now, attributes }: FeatureInput, attribute: string): (row: number) => number {
  const shares = new Map(favouriteShares(user, attribute, now).map(({ key, value }) => [key, value]))
  return (row) => {
    const values = valuesOf(attributes[row], attribute)
    if (values.length === 0 || shares.size === 0) return Number.NaN
    let largest = 0
    for (const value of values) largest = Math.max(largest, shares.get(value) ?? 0)
    return largest
  }
}

function lightest({ sum, epoch }: { sum: number[]; epoch: number[] }, time: number): number {
  const weights = decayedCells(sum, epoch, time, HALF_LIFE)
  return weights.reduce((least, weight, row) => (weight < weights[least] ? row : least), 0)
}
