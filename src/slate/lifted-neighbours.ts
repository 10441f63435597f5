import { itemKey } from '../state/slots.ts'
import type { CandidateSet } from './candidates-to-rank.ts'
import type { SlateRules } from './slate-rules.ts'

/** How many candidates that are similar to the items on screen a slate needs. Fewer of them are completed by vectors. */
const NEEDED = 4
/** Least cosine with the items on screen of an item that is lifted. */
const LEAST_COSINE = 0.5
/** By which part of the highest score each lifted item is above the next. */
const STEP = 1e-6

/**
 * Lifts items whose vectors are similar to the items on screen above all that have nothing to do with the items on screen, if fewer
 * than four candidates are neighbours of the items on screen by behaviour. Otherwise no slate beside a new item would show them:
 * models score an item by behaviour, and this one has none.
 * @param scores score by row
 * @param inForce rules without a placed item. Counts the lifted items in its `limitPer`.
 */
export function withNeighboursLifted(
  scores: ArrayLike<number>,
  { gathered, input }: CandidateSet,
  inForce: SlateRules,
): ArrayLike<number> {
  const { anchorItemIds } = inForce
  const { standings, neighbours, itemIds } = gathered
  const ranks = standings.get('embedding')?.ranks
  const direction = anchorItemIds.length > 0 && ranks ? input.vectors.mean(anchorItemIds) : undefined
  if (!direction || !ranks) return scores
  // Without them, nobody knows whether behaviour is missing.
  if (!anchorItemIds.some((itemId) => neighbours.has(itemKey(itemId)))) return scores
  const known = new Set(anchorItemIds.flatMap((itemId) => neighbours.get(itemKey(itemId))?.members ?? []))
  const cosines = new Map<number, number>()
  let needed = NEEDED
  for (let row = 0; row < itemIds.length; row++) {
    if (known.has(itemIds[row])) needed--
    else if (!Number.isNaN(ranks[row])) cosines.set(row, input.vectors.cosine(direction, itemIds[row]))
  }
  const near = [...cosines].filter(([, cosine]) => cosine >= LEAST_COSINE).sort(([a, x], [b, y]) => y - x || a - b)
  const lifted = new Set<number>()
  for (const [row] of near) {
    if (lifted.size >= needed) break
    if (inForce.place(itemIds[row])) lifted.add(row)
  }
  return lifted.size === 0 ? scores : lift(scores, lifted, (row) => known.has(itemIds[row]))
}

/** Returns the scores, with those of `lifted` above all others but those of neighbours. */
function lift(scores: ArrayLike<number>, lifted: ReadonlySet<number>, isNeighbour: (row: number) => boolean): Float64Array {
  const raised = Float64Array.from(scores)
  let highest = Number.NEGATIVE_INFINITY
  for (let row = 0; row < raised.length; row++)
    if (!lifted.has(row) && !isNeighbour(row) && raised[row] > highest) highest = raised[row]
  if (highest === Number.NEGATIVE_INFINITY) return raised
  const step = Math.abs(highest) * STEP
  let above = lifted.size
  for (const row of lifted) raised[row] = Math.max(raised[row], highest + step * above--)
  return raised
}
