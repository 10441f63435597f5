import { attributeKey, SHOP, scoredSet } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { valuesOf } from './counted-values.ts'
import { ACTIONS } from './event-meaning.ts'

/** Trending items with their decayed event weight: one list each for the shop, each surface, and each attribute value. */
export const TRENDING = scoredSet('attribute', 'trending', DAY, 400, 512)

/** Makes the accumulator of trending lists. @param attributes attributes whose values have lists of their own, such as category */
export function trending(...attributes: readonly string[]): Accumulator {
  return {
    name: 'trending',
    entity: 'SLATE',
    description: `Top lists by event weight, decayed with a half-life of a day: for the shop, each surface, and each ${attributes.join(', ')}.`,
    roles: ACTIONS,
    expires: 'item',
    attributes: Object.fromEntries(attributes.map((attribute) => [attribute, 'key' as const])),
    sets: [TRENDING],
    reduce: ({ meaning, facts, increments, time }) => {
      if (meaning.weight <= 0) return
      for (const { itemId, attributes: declared } of facts.items) {
        const lists = [SHOP]
        for (const attribute of attributes)
          for (const value of valuesOf(declared, attribute)) lists.push(attributeKey(attribute, value))
        if (facts.surface !== undefined) lists.push(attributeKey('surface', facts.surface))
        for (const list of lists) {
          increments.seen(list, time)
          increments.addToSet(TRENDING, list, itemId, meaning.weight, time)
        }
      }
    },
    features: [
      {
        name: 'trending_rank',
        entity: 'SLATE',
        description: 'Rank of the item, from 1 (the top), in the source trending. It proposes items on which many users act now',
        missing: 'when the source trending did not propose the item',
        column: ({ sources }) => {
          const ranks = sources.get('trending')?.ranks
          return (row) => ranks?.[row] ?? Number.NaN
        },
      },
    ],
  }
}
