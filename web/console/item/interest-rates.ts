/** Sums of event weights that fade, by the hours in which they lose half of their weight. */
export const HALF_LIFE_HOURS = { item_popularity_1h: 1, item_popularity_1d: 24, item_popularity_7d: 168 } as const

/** Name of a sum of event weights of an item. */
export type FadingSum = keyof typeof HALF_LIFE_HOURS

/**
 * Returns the weight of events an hour that leads to a fading sum, if it stays the same: sum · ln 2 / half-life.
 * @param sum sum of event weights, which loses half in the half-life
 */
export function weightPerHour(name: FadingSum, sum: number): number {
  return (sum * Math.LN2) / HALF_LIFE_HOURS[name]
}
