import type { SourceStanding } from '../accumulators/feature-input.ts'
import { placesByScore } from '../state/places-by-score.ts'

/** How much a place on each source's list counts where no model ranks. Sources that are not named count a half. */
const SOURCE_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['item_to_item', 1],
  ['offline', 0.8],
  ['trending', 0.4],
  ['recent', 0.3],
  ['favourites', 0.3],
  ['chosen_together', 0.6],
  ['embedding', 0.3],
  // Its items come in the order by people alike: what the source is most sure of is not what most people want.
  ['popular_in_cohort', 0.05],
  // Below whatever anyone has met.
  ['new', 0.05],
])
/** Added to each place, so that the first places do not count too much more than the next. */
export const RANK_OFFSET = 10

/** Weights of trending items and of the order by people alike, where that order is known. It holds what is popular as well. */
const TRENDING_BESIDE_PEOPLE_ALIKE = 0.05
const PEOPLE_ALIKE = 0.7

/**
 * Scores candidates by reciprocal rank fusion (Cormack et al., 2009) of the sources' lists, weighted by source, and of the order by
 * people alike.
 * @param interest of people like the user in each candidate, see `interestOfPeopleAlike`; undefined if it is not known
 */
export function scoresByRule(
  sources: ReadonlyMap<string, SourceStanding>,
  rows: number,
  interest: Float64Array | undefined,
): Float64Array {
  const scores = new Float64Array(rows)
  for (const [name, { ranks }] of sources) {
    const weight = name === 'trending' && interest ? TRENDING_BESIDE_PEOPLE_ALIKE : (SOURCE_WEIGHTS.get(name) ?? 0.5)
    for (let row = 0; row < rows; row++) if (!Number.isNaN(ranks[row])) scores[row] += weight / (RANK_OFFSET + ranks[row])
  }
  if (!interest) return scores
  const order = placesByScore(interest, rows, (a, b) => a - b)
  for (let place = 0; place < rows && interest[order[place]] > 0; place++)
    scores[order[place]] += PEOPLE_ALIKE / (RANK_OFFSET + place + 1)
  return scores
}
