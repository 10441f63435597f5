import type { Random } from '../random.ts'

/** What it adds to the appeal of an item that a visit is about its category, in log odds. */
export const IN_FOCUS = 1
/** What it adds to the appeal of an item that a visit is about other categories, in log odds. */
export const OUT_OF_FOCUS = -0.6

/** Probability that a second category is drawn for a visit. It may be the first one again. */
const SECOND = 0.4

/** Draws the categories, by index, that a visit is about. @param sums running sums of the shares of the shopper's categories */
export function drawFocus(sums: Float64Array, random: Random): Set<number> {
  const focus = new Set([random.weighted(sums)])
  if (random.chance(SECOND)) focus.add(random.weighted(sums))
  return focus
}

/** Returns the probability, 0 to 1, that a visit is about a category. @param share of this category among the shopper's, 0 to 1 */
export function focusChance(share: number): number {
  return share + (1 - share) * SECOND * share
}
