import type { Arrangement } from './arrange.ts'

/** The least weight of an item, as a share of the largest: what is scored 0 still has its chance. */
const LEAST_WEIGHT = 0.001

/** A random order, and the probability of each of its draws. Both lists start at the top position. */
export interface DrawnOrder {
  /** Row by position; undefined if no row fits. */
  readonly rows: readonly (number | undefined)[]
  /** Propensity by position: the probability of the row, given the rows above; 1 for a pin. */
  readonly propensities: readonly number[]
}

/**
 * Draws an order by the Plackett–Luce model. Each position gets one of the remaining rows that `limitPer` admits, with a probability
 * proportional to its score. Rows compete with exponential clocks (Yellott, 1977), so that the order changes little if scores
 * change a little. Pins keep their positions; diversity does not apply.
 * @param chanceOf random number of each row, above 0 and below 1, drawn once
 */
export function drawOrder(
  {
    first,
    rows,
    itemOf,
    scoreOf,
    pins,
    limitPer,
  }: Pick<Arrangement, 'first' | 'rows' | 'itemOf' | 'scoreOf' | 'pins' | 'limitPer'>,
  chanceOf: (row: number) => number,
): DrawnOrder {
  const pinned = new Set(pins.values())
  const free = rows.filter((row) => !pinned.has(row))
  const highest = Math.max(0, ...free.map(scoreOf))
  // Where nothing is scored above 0, all are alike.
  const weightOf = (row: number) => (highest > 0 ? Math.max(scoreOf(row), LEAST_WEIGHT * highest) : 1)
  const arrivals = new Map(free.map((row) => [row, -Math.log(chanceOf(row)) / weightOf(row)]))
  let left = free.sort((a, b) => arrivals.get(a)! - arrivals.get(b)!)
  const drawn: (number | undefined)[] = []
  const propensities: number[] = []
  for (let position = 1; position <= first; position++) {
    const pin = pins.get(position)
    if (pin === undefined) left = left.filter((row) => limitPer.fits(itemOf(row)))
    const row = pin ?? left[0]
    drawn.push(row)
    if (pin !== undefined || row === undefined) {
      propensities.push(1)
      continue
    }
    propensities.push(weightOf(row) / left.reduce((sum, one) => sum + weightOf(one), 0))
    limitPer.add(itemOf(row))
    left = left.slice(1)
  }
  return { rows: drawn, propensities }
}
