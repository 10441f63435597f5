import type { SourceStanding } from '../accumulators/feature-input.ts'

/** How much a place on each source's list counts where no model ranks. Sources that are not named count a half. */
const SOURCE_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['item_to_item', 1],
  ['offline', 0.8],
  // Above trending items, for a cold user; below what the user's own actions say.
  ['popular_in_cohort', 0.7],
  ['trending', 0.4],
  ['recent', 0.3],
  ['favourites', 0.3],
  ['chosen_together', 0.6],
  ['embedding', 0.3],
  // Below whatever anyone has met.
  ['new', 0.05],
])
/** Added to each place, so that the first places do not count too much more than the next. */
export const RANK_OFFSET = 10

/** Scores candidates by reciprocal rank fusion (Cormack et al., 2009) of the sources' lists, weighted by source. */
export function scoresByRule(sources: ReadonlyMap<string, SourceStanding>, rows: number): Float64Array {
  const scores = new Float64Array(rows)
  for (const [name, { ranks }] of sources) {
    const weight = SOURCE_WEIGHTS.get(name) ?? 0.5
    for (let row = 0; row < rows; row++) if (!Number.isNaN(ranks[row])) scores[row] += weight / (RANK_OFFSET + ranks[row])
  }
  return scores
}
