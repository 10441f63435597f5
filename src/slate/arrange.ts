import type { CatalogueItem } from '../state/catalogue.ts'
import type { Caps } from './caps.ts'

export interface Arrangement {
  /** How many positions there are. */
  readonly first: number
  /** Rows that may stand in the slate, best first. */
  readonly rows: readonly number[]
  readonly itemOf: (row: number) => CatalogueItem
  readonly scoreOf: (row: number) => number
  /** Pinned rows by position, from 1; already counted in the caps. */
  readonly pins: ReadonlyMap<number, number>
  /** A position that is filled otherwise. */
  readonly reserved?: number | undefined
  readonly caps: Caps
  /** From 0 to 1. */
  readonly diversity: number
  /** How alike two rows are, from 0 to 1; asked for only where there is diversity. */
  readonly likeness: () => (a: number, b: number) => number
}

/**
 * A row for each position, undefined where no row fits: pins where they are pinned, else the best row that the caps admit. With
 * diversity λ that is the row of the highest (1 − λ) · score / highest score − λ · likeness to the most alike row above (maximal
 * marginal relevance, Carbonell & Goldstein 1998); of equals the better one.
 */
export function arrange({
  first,
  rows,
  itemOf,
  scoreOf,
  pins,
  reserved,
  caps,
  diversity,
  likeness,
}: Arrangement): (number | undefined)[] {
  const pinned = new Set(pins.values())
  const left = rows.filter((row) => !pinned.has(row))
  const alike = diversity > 0 ? likeness() : undefined
  const highest = left.length > 0 ? scoreOf(left[0]) : 0
  const relevance = left.map((row) => (highest > 0 ? scoreOf(row) / highest : 0))
  const above: number[] = []
  /** By place in `left`, how alike it is to the most alike row above, among so many as it was compared with. */
  const closest = new Float64Array(left.length)
  const compared = new Uint16Array(left.length)
  const isTaken = new Uint8Array(left.length)
  const slots: (number | undefined)[] = []
  let start = 0
  for (let position = 1; position <= first; position++) {
    let row = pins.get(position)
    if (row === undefined && position !== reserved) {
      let best = -1
      let bestValue = Number.NEGATIVE_INFINITY
      while (start < left.length && isTaken[start] === 1) start++
      for (let at = start; at < left.length; at++) {
        const most = (1 - diversity) * relevance[at]
        // Those that follow are no more relevant.
        if (most <= bestValue) break
        if (isTaken[at] === 1 || most - diversity * closest[at] <= bestValue) continue
        if (alike)
          for (; compared[at] < above.length; compared[at]++)
            closest[at] = Math.max(closest[at], alike(left[at], above[compared[at]]))
        const value = most - diversity * closest[at]
        if (value <= bestValue) continue
        if (!caps.fits(itemOf(left[at]))) {
          // Counts only rise: it never fits again.
          isTaken[at] = 1
          continue
        }
        best = at
        bestValue = value
        if (!alike) break
      }
      if (best >= 0) {
        isTaken[best] = 1
        row = left[best]
        caps.add(itemOf(row))
      }
    }
    slots.push(row)
    if (row !== undefined) above.push(row)
  }
  return slots
}
