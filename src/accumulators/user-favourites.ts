import { removeRow } from '../state/column-codec.ts'
import { addDecayedCell, decayedCells, mergeDecayedCell } from '../state/decay.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, FeatureShare } from './accumulator.ts'
import { countedIn, MOST_TEXTS, textsOf, valuesOf } from './counted-values.ts'
import { ACTIONS } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

const HALF_LIFE = 30 * DAY
/** Texts that are kept of a user; the others count together. They bound the size of the user's state. */
const MOST_KEPT = MOST_TEXTS
/** Stands for the texts that are not kept. No sent text is empty. */
const OTHERS = ''

function textsPart(name: string) {
  return tablePart(
    `event_attribute_${name}`,
    1,
    { text: 'text', sum: 'real', epoch: 'count' },
    { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
  )
}

type Texts = ReturnType<ReturnType<typeof textsPart>['empty']>

/** Makes the accumulator of a declared key attribute of events by user: the share of each text among the events of a user. */
export function userEventAttribute(name: string): Accumulator {
  const part = textsPart(name)
  return {
    name: `user_event_attribute_${name}`,
    entity: 'USER',
    description: `The texts of the attribute ${name} of a user's events, decayed with a half-life of 30 days. ${MOST_KEPT} texts are kept: a text that is new takes the place of the one with the smallest share. The others count together.`,
    roles: [],
    expires: 'user',
    parts: [part],
    reduce: ({ event, user, time }) => {
      const texts = textsOf(countedIn(event.eventAttributes, name, { kind: 'key' }))
      if (texts.length === 0) return
      const held = user.get(part)
      const fresh = new Set(texts)
      // Room is made before: a text that is new has the smallest share, and would never stay.
      shorten(
        held,
        MOST_KEPT - [...fresh].filter((text) => !held.text.includes(text)).length,
        Math.max(time, user.lastEventAt),
        fresh,
      )
      for (const text of texts) {
        addDecayedCell(held.sum, held.epoch, rowOf(held, text), 1 / texts.length, time, HALF_LIFE)
      }
    },
    merge: (into, from) => {
      const held = into.get(part)
      const { text, sum, epoch } = from.get(part)
      text.forEach((one, i) => {
        mergeDecayedCell(held.sum, held.epoch, rowOf(held, one), sum[i], epoch[i])
      })
      shorten(held, MOST_KEPT, Math.max(into.lastEventAt, from.lastEventAt))
    },
    features: [
      {
        name: `user_event_${name}_share`,
        entity: 'USER',
        isDeclared: true,
        description: `Share of each text of ${name} among the user's events that have it, decayed with a half-life of 30 days. An empty key stands for all texts beyond the ${MOST_KEPT} that are kept`,
        unit: 'share',
        missing: `when no event of the user has a valid ${name}`,
        breakdown: ({ user, now }) => {
          const { text, sum, epoch } = user.get(part)
          const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
          const total = weights.reduce((all, weight) => all + weight, 0)
          if (!(total > 0)) return []
          return text.map((key, row) => ({ key, value: weights[row] / total })).sort((a, b) => b.value - a.value)
        },
      },
    ],
  }
}

function rowOf(texts: Texts, text: string): number {
  const known = texts.text.indexOf(text)
  if (known >= 0) return known
  texts.sum.push(0)
  texts.epoch.push(0)
  return texts.text.push(text) - 1
}

/**
 * Adds the texts with the smallest shares to the others, until few enough are left.
 * @param keep texts that stay
 */
function shorten(texts: Texts, most: number, time: number, keep: ReadonlySet<string> = new Set()): void {
  while (texts.text.length - Number(texts.text.includes(OTHERS)) > most) {
    const weights = decayedCells(texts.sum, texts.epoch, time, HALF_LIFE)
    let least = -1
    for (const [row, weight] of weights.entries())
      if (texts.text[row] !== OTHERS && !keep.has(texts.text[row]) && (least < 0 || weight < weights[least])) least = row
    const others = rowOf(texts, OTHERS)
    mergeDecayedCell(texts.sum, texts.epoch, others, texts.sum[least], texts.epoch[least])
    removeRow(texts, least)
  }
}

const MAX_VALUES = 32
const FAVOURITES_HALF_LIFE = 14 * DAY

function favouritesPart(attribute: string) {
  return tablePart(
    `favourites_${attribute}`,
    1,
    { value: 'text', sum: 'real', epoch: 'count' },
    { sum: 'sum', epoch: 'epoch', halfLife: FAVOURITES_HALF_LIFE },
  )
}

/** Returns the attribute values that the user acts on, with their shares of the user's decayed weight; largest first. */
export function favouriteShares(user: UserValue, attribute: string, now: number): FeatureShare[] {
  const { value, sum, epoch } = user.get(favouritesPart(attribute))
  const weights = decayedCells(sum, epoch, user.timeAt(now), FAVOURITES_HALF_LIFE)
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
          addDecayedCell(favourites.sum, favourites.epoch, row, meaning.weight / values.length, time, FAVOURITES_HALF_LIFE)
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
  const weights = decayedCells(sum, epoch, time, FAVOURITES_HALF_LIFE)
  return weights.reduce((least, weight, row) => (weight < weights[least] ? row : least), 0)
}
