import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import { isNew } from '../candidates/trending.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { Domain } from '../domain/domain.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { matchingItems, newestOf } from '../rules/matching-items.ts'
import { placesByScore } from '../state/rank-order.ts'
import type { StateStore } from '../state/store.ts'
import type { KindCounts } from './kinds.ts'
import type { LimitPer } from './limit-per.ts'
import { RANK_OFFSET } from './rank-by-rule.ts'
import { momentOf, readFeatureInput } from './read-feature-input.ts'
import type { Recommendation } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'

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

export interface TopUpParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
}

/** Source name of items that no source proposed. */
export const FILLED_UP = 'newest'

const EVERY_ITEM: CompiledFilter = { filter: {}, features: [], conditions: 0, test: () => true }

/** Newest items among which one of another kind is looked for: a shop may have no more of them. */
const LOOKED_AT_FOR_KINDS = 1000

/**
 * Fills empty positions with the newest items that the rules admit, so that slates are not shorter than necessary.
 * @param slots items by position; undefined positions are filled in place
 * @param kinds limits of kinds; if absent, none apply
 */
export async function topUp(
  slots: (Recommendation | undefined)[] | (Pick<Recommendation, 'itemId'> | undefined)[],
  input: FeatureInput,
  inForce: SlateRules,
  { store, domain, accumulators, catalogue }: TopUpParts,
  kinds?: KindCounts,
): Promise<void> {
  let free = slots.indexOf(undefined)
  if (free < 0) return
  const present = new Set(slots.map((item) => item?.itemId))
  const { limitPer, rules } = inForce
  const filter = rules.filter ?? EVERY_ITEM
  const admitted = async function* () {
    for await (const items of newestOf(catalogue, filter)) yield admittedOf(items)
  }
  let looked = 0
  const admittedOf = function* (items: Iterable<CatalogueItem>): Generator<CatalogueItem> {
    for (const item of items) {
      if (kinds && looked++ >= LOOKED_AT_FOR_KINDS) return
      if (kinds && !kinds.fits(item, free + 1)) continue
      if (!present.has(item.itemId) && inForce.admits(item) && limitPer.fits(item)) yield item
    }
  }
  const moment = momentOf(input)
  const read = (itemIds: readonly string[]) => readFeatureInput({ ...moment, itemIds }, store, accumulators, domain, catalogue)
  for await (const item of matchingItems(admitted(), filter, accumulators, read)) {
    if ((kinds && !kinds.fits(item, free + 1)) || !limitPer.take(item)) continue
    kinds?.add(item)
    slots[free] = topUpItem(item, input.now)
    free = slots.indexOf(undefined, free)
    if (free < 0) break
  }
}

function topUpItem({ itemId, addedAt }: CatalogueItem, now: number): Recommendation {
  const sources = [{ name: FILLED_UP, score: undefined }]
  const reason: BuiltInReason = { code: isNew(addedAt, now) ? 'NEW' : 'MORE' }
  return { itemId, position: 0, score: 0, sources, reason, exploration: false, propensity: 1 }
}

/** The task of arranging one slate: its rows, their scores, and the rules that decide who stands where. */
export interface Arrangement {
  /** Number of positions. */
  readonly first: number
  /** Rows of the items that may stand in the slate, best first. */
  readonly rows: readonly number[]
  readonly itemOf: (row: number) => CatalogueItem
  readonly scoreOf: (row: number) => number
  /** Pinned rows by position, counted from 1. The caps already count them. */
  readonly pins: ReadonlyMap<number, number>
  /** Position that the caller fills, such as the exploration slot. */
  readonly reserved?: number | undefined
  readonly limitPer: LimitPer
  /** Limits of kinds, which a later position may lift. Absent for none. */
  readonly kinds?: KindCounts | undefined
  /** Diversity λ, 0 to 1. */
  readonly diversity: number
  /** Whether only the order of the scores means something, so that relevance is by place. */
  readonly isOrderOnly?: boolean
  /** Returns the similarity of two rows, 0 to 1. Called only if `diversity` is above 0. */
  readonly similarity: () => (a: number, b: number) => number
  /** Returns the relative popularity of a row, 0 to 1. Called only if `diversity` is above 0. */
  readonly relativePopularity: () => (row: number) => number
}

/**
 * Chooses a row for each position; undefined if no row fits. A pinned row stands at its position. Every other position gets the
 * best row that `limitPer` and `kinds` admit: with diversity λ, the row with the highest (1 − λ) · (score / highest score − λ ·
 * relativePopularity) − λ · (similarity to the most similar row above). The higher score breaks ties.
 *
 * This is maximal marginal relevance (Carbonell & Goldstein, 1998), with a relevance that is lowered by popularity (Abdollahpouri
 * et al., 2019): of items with about the same relevance, the less known are chosen. If only the order of the scores means something, 11 /
 * (10 + place) takes the place of score / highest score. Rows with a score of 0 or less follow all rows
 * with a score above 0, whatever their similarity or popularity.
 */
export function arrange(arrangement: Arrangement): (number | undefined)[] {
  const { first, rows, itemOf, pins, reserved, limitPer, kinds, diversity, similarity } = arrangement
  const pinned = new Set(pins.values())
  const free = rows.filter((row) => !pinned.has(row))
  const alike = diversity > 0 ? similarity() : undefined
  const relevant = alike ? discounted(free, arrangement) : asTheyAre(free)
  const { rows: left, places, relevance, scored } = relevant
  const above: number[] = []
  /** Similarity to the most similar row above, by place in `left`, among the rows that it was compared with so far. */
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
        // Those that follow are no more relevant, or are not scored.
        if (most < bestValue || (at === scored && best >= 0)) break
        if (isTaken[at] === 1 || most - diversity * closest[at] < bestValue) continue
        // As far as it takes to tell that it does not stand here: the rest is for a later position.
        if (alike)
          for (; compared[at] < above.length && most - diversity * closest[at] >= bestValue; compared[at]++)
            closest[at] = Math.max(closest[at], alike(left[at], above[compared[at]]))
        const value = most - diversity * closest[at]
        if (value < bestValue || (value === bestValue && places[at] > places[best])) continue
        if (!limitPer.fits(itemOf(left[at]))) {
          // Counts only rise: it never fits again.
          isTaken[at] = 1
          continue
        }
        if (kinds && !kinds.fits(itemOf(left[at]), position)) continue
        best = at
        bestValue = value
        if (!alike) break
      }
      if (best >= 0) {
        isTaken[best] = 1
        row = left[best]
        limitPer.add(itemOf(row))
        kinds?.add(itemOf(row))
      }
    }
    slots.push(row)
    if (row !== undefined) above.push(row)
  }
  return slots
}

/** Rows by relevance, the highest first, those that are scored 0 or less behind the others. */
interface Relevance {
  readonly rows: readonly number[]
  /** Of each of them: where it stood by its score. */
  readonly places: Uint32Array
  readonly relevance: Float64Array
  /** How many are scored above 0. */
  readonly scored: number
}

/** @param rows the best first */
function discounted(rows: readonly number[], { scoreOf, isOrderOnly, diversity, relativePopularity }: Arrangement): Relevance {
  let scored = 0
  while (scored < rows.length && scoreOf(rows[scored]) > 0) scored++
  const highest = scored > 0 ? scoreOf(rows[0]) : 0
  const popularity = relativePopularity()
  const values = new Float64Array(rows.length)
  for (let at = 0; at < scored; at++) {
    const relevance = isOrderOnly ? (RANK_OFFSET + 1) / (RANK_OFFSET + at + 1) : scoreOf(rows[at]) / highest
    values[at] = relevance - diversity * popularity(rows[at])
  }
  const places = inOrder(rows.length)
  places.set(placesByScore(values.subarray(0, scored), scored, (a, b) => a - b))
  for (let at = scored; at < rows.length && highest > 0; at++) values[at] = scoreOf(rows[at]) / highest
  const ordered = new Array<number>(rows.length)
  const relevance = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) {
    ordered[at] = rows[places[at]]
    relevance[at] = values[places[at]]
  }
  return { rows: ordered, places, relevance, scored }
}

function inOrder(length: number): Uint32Array {
  const places = new Uint32Array(length)
  for (let at = 0; at < length; at++) places[at] = at
  return places
}

/** By relevance alone the first that fits is the best. */
function asTheyAre(rows: readonly number[]): Relevance {
  const { length } = rows
  return { rows, places: inOrder(length), relevance: new Float64Array(length), scored: length }
}
