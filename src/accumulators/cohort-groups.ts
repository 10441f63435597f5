import type { DeclaredAttributes } from '../state/log/entry.ts'
import { beyondChance, logOddsWithin, shareWithin } from './cohort-lift.ts'
import { firstValueOf } from './declared-values.ts'

/** Rows of items that have the same first value of an attribute, such as the items of one brand. At least two. */
export type Group = readonly number[]

/** What is known about the rows within one value of a cohort. */
export interface GroupEvidence {
  /** By row, the weight of the item among people with the value; NaN if it is not known. */
  readonly within: Float64Array
  /** By row, the weight of the item in the whole shop. */
  readonly items: Float64Array
  /** Weight of all items among people with the value. */
  readonly value: number
  /** Weight of all items in the whole shop. */
  readonly shop: number
}

/** Returns the groups of the rows, by attribute in the order of the names. */
export function groupsBy(names: readonly string[], attributes: readonly DeclaredAttributes[]): readonly (readonly Group[])[] {
  return names.map((name) => {
    const groups = new Map<string, number[]>()
    for (const [row, declared] of attributes.entries()) {
      const value = firstValueOf(declared, name)
      if (value === undefined) continue
      const group = groups.get(value)
      if (group) group.push(row)
      else groups.set(value, [row])
    }
    return [...groups.values()].filter(({ length }) => length > 1)
  })
}

/**
 * Adds to the expected lift of each row what its groups have together beyond chance. Each attribute explains what those before it left:
 * if a brand is liked as its categories are, the brand adds nothing.
 * @param expected log-odds by row; changed in place
 */
export function addLiftsOfGroups(
  expected: Float64Array,
  byAttribute: readonly (readonly Group[])[],
  { within, items, value, shop }: GroupEvidence,
): void {
  for (const groups of byAttribute)
    for (const group of groups) {
      let [seen, weight, likely] = [0, 0, 0]
      for (const row of group) {
        if (!(within[row] >= 0) || !(items[row] > 0)) continue
        seen += within[row]
        weight += items[row]
        likely += items[row] * shareWithin(value / shop, expected[row])
      }
      const before = logOddsWithin(value / shop, likely / weight)
      // Where all actions are of people with the value, nothing can be compared.
      if (!Number.isFinite(before)) continue
      const added = beyondChance({ within: seen, value, item: weight, shop }, 'group', before) - before
      if (added !== 0) for (const row of group) expected[row] += added
    }
}
