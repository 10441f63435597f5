import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Clock } from '../clock.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import type { TrainingDistributions } from '../ranking/training-report.ts'
import { rank, type Seen } from './rank.ts'
import type { Recommendation } from './slate.ts'

/** How a feature is distributed in the slates of this process, beside its distribution in training. */
export interface DriftOfFeature {
  readonly feature: string
  /** Population stability index, 0 or more; undefined before `ENOUGH_SLATES`. */
  readonly psi: number | undefined
  /** Shares of missing values, 0 to 1. */
  readonly missing: { readonly training: number; readonly lately: number }
  /** Shares of the values up to a value that are in no earlier bin. The last bin has no upper end. */
  readonly bins: readonly { readonly upTo: number | null; readonly training: number; readonly lately: number }[]
}

/** How the features that a model reads have drifted from its training. */
export interface Drift {
  /** Slates that were counted. */
  readonly slates: number
  /** When this process began to count, in ms of the wall clock. */
  readonly since: number
  /** Features with a distribution in training, those that have drifted most first. */
  readonly features: readonly DriftOfFeature[]
}

/** Features of a user have one value in a slate: from fewer slates, their shares would be little but chance. */
export const ENOUGH_SLATES = 100
/** After these slates, one in `SAMPLED` is counted: counting 500 candidates with 54 features takes about 1 ms. */
const COUNTED_ALL = 256
const SAMPLED = 16
/** Rows after which all counts are halved, so that the latest slates weigh most. */
const HALVED_AT_ROWS = 2 ** 18
/** A bin that one side has never seen: its logarithm must be finite. */
const SMALLEST_SHARE = 1e-4

interface Counted {
  readonly feature: string
  /** Column of the model. */
  readonly column: number
  readonly training: TrainingDistributions[string]
  /** Upper ends of all bins but the last. */
  readonly ends: Float64Array
  /** Rows of each bin, then those without a value. */
  readonly counts: Float64Array
}

interface State {
  seen: number
  slates: number
  rows: number
  readonly since: number
  readonly features: readonly Counted[]
}

/** Counts in which bins of their training the features of served slates fall. The counts are those of this process. */
export class FeatureDrift {
  readonly #clock: Clock
  readonly #models: { readonly active: readonly Ranker[] }
  /** By the model as it was loaded: one that leaves and comes back begins anew. */
  readonly #states = new WeakMap<Ranker, State>()

  constructor(models: { readonly active: readonly Ranker[] }, clock: Clock) {
    this.#models = models
    this.#clock = clock
  }

  /** Counts the features of a slate that was kept. @param model name of the model that ranked it */
  count(model: string, { matrix, features: { length: width } }: Seen): void {
    const state = this.#stateOf(model)
    if (!state || state.features.length === 0) return
    state.seen++
    if (state.slates >= COUNTED_ALL && state.seen % SAMPLED !== 0) return
    state.slates++
    const rows = matrix.length / width
    for (const { column, ends, counts } of state.features)
      for (let at = column; at < matrix.length; at += width) counts[binOf(matrix[at], ends)]++
    state.rows += rows
    if (state.rows < HALVED_AT_ROWS) return
    state.rows /= 2
    for (const { counts } of state.features) for (let bin = 0; bin < counts.length; bin++) counts[bin] /= 2
  }

  /** Returns the drift of an active model; undefined if the model is not active here, or was trained without distributions. */
  driftOf(model: string): Drift | undefined {
    const state = this.#stateOf(model)
    if (!state || state.features.length === 0) return undefined
    const { slates, since, rows } = state
    const features = state.features.map((counted) => compare(counted, rows, slates >= ENOUGH_SLATES))
    return { slates, since, features: features.sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0)) }
  }

  #stateOf(model: string): State | undefined {
    const ranker = this.#models.active.find(({ name }) => name === model)
    if (!ranker) return undefined
    const held = this.#states.get(ranker)
    if (held) return held
    const state = { seen: 0, slates: 0, rows: 0, since: this.#clock.wall(), features: countedOf(ranker) }
    this.#states.set(ranker, state)
    return state
  }
}

function countedOf({ features, distributions = {} }: Ranker): Counted[] {
  return features.flatMap((feature, column) => {
    const training = distributions[feature]
    if (!training) return []
    const ends = Float64Array.from(training.bins.flatMap(({ upTo }) => upTo ?? []))
    return [{ feature, column, training, ends, counts: new Float64Array(ends.length + 2) }]
  })
}

/** @returns index of the bin of a value; the last index if it is missing */
function binOf(value: number, ends: Float64Array): number {
  if (Number.isNaN(value)) return ends.length + 1
  let bin = 0
  while (bin < ends.length && value > ends[bin]) bin++
  return bin
}

function compare({ feature, training, ends, counts }: Counted, rows: number, isEnough: boolean): DriftOfFeature {
  const lately = Array.from(counts, (count) => (rows === 0 ? 0 : count / rows))
  // A feature that was always missing in training has no bins: all values that there are now fall into this one.
  const bins = training.bins.length > 0 ? training.bins : [{ upTo: null, share: 0 }]
  const shares = [...bins.map(({ share }) => share), training.missing]
  return {
    feature,
    psi: isEnough ? stabilityIndex(shares, lately) : undefined,
    missing: { training: training.missing, lately: lately[ends.length + 1] },
    bins: bins.map(({ upTo, share }, i) => ({ upTo, training: share, lately: lately[i] })),
  }
}

/**
 * Population stability index of two distributions over the same bins: the sum of (a − e) ln(a / e) (Siddiqi, *Credit Risk
 * Scorecards*, 2006). Below 0.1 little has changed, above 0.25 much.
 */
function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  return expected.reduce((sum, share, i) => {
    const [e, a] = [Math.max(share, SMALLEST_SHARE), Math.max(actual[i], SMALLEST_SHARE)]
    return sum + (a - e) * Math.log(a / e)
  }, 0)
}

/** Comparison of a shadow model with the served slates. */
export interface ShadowFigures {
  /** Number of slates compared. */
  readonly slates: number
  /** Mean share of the served top ten that the model has in its own top ten, 0 to 1. */
  readonly overlapAt10: number
  /** Mean Spearman correlation of the scores of all candidates, -1 to 1. undefined if no slate had two different scores. */
  readonly rankCorrelation: number | undefined
  /** Start of the comparison, in ms of the wall clock. */
  readonly since: number
}

interface ShadowsParts {
  readonly models: { readonly shadows: readonly Ranker[] }
  readonly accumulators: AccumulatorSet
  readonly clock: Clock
  /** Called once for each model that fails. */
  readonly onError: (model: string, error: unknown) => void
}

/** What was served, and from what. */
interface Served {
  readonly input: FeatureInput
  readonly scores: ArrayLike<number>
  readonly items: readonly Recommendation[]
}

const TOP = 10
/** Slates that wait for their comparison: what is beyond is not compared, so that served slates never wait for shadows. */
const MOST_WAITING = 16

interface Sums {
  slates: number
  overlap: number
  correlated: number
  correlation: number
  readonly since: number
}

/** Scores served slates with shadow models, after each slate is sent. Keeps the mean figures of this process. */
export class Shadows {
  readonly #parts: ShadowsParts
  /** By the model as it was loaded: one that leaves and comes back begins anew. */
  readonly #sums = new WeakMap<Ranker, Sums>()
  readonly #failed = new WeakSet<Ranker>()
  readonly #waiting = new Set<Promise<void>>()

  constructor(parts: ShadowsParts) {
    this.#parts = parts
  }

  /**
   * Compares a served slate with all shadow models. Skips it if too many comparisons are waiting.
   * @param show returns the slate that given scores would produce
   */
  compare(served: Served, show: (scores: ArrayLike<number>) => Promise<readonly Recommendation[]>): void {
    for (const shadow of this.#parts.models.shadows) {
      if (this.#waiting.size >= MOST_WAITING) return
      const comparison = this.#compare(shadow, served, show)
        .catch((error: unknown) => {
          if (!this.#failed.has(shadow)) this.#parts.onError(shadow.name, error)
          this.#failed.add(shadow)
        })
        .finally(() => this.#waiting.delete(comparison))
      this.#waiting.add(comparison)
    }
  }

  /** Returns the figures of a shadow model; undefined before its first comparison. */
  figuresOf(model: string): ShadowFigures | undefined {
    const shadow = this.#parts.models.shadows.find(({ name }) => name === model)
    const sums = shadow && this.#sums.get(shadow)
    if (!sums) return undefined
    const { slates, overlap, correlated, correlation, since } = sums
    return {
      slates,
      overlapAt10: overlap / slates,
      rankCorrelation: correlated === 0 ? undefined : correlation / correlated,
      since,
    }
  }

  /** Resolves when no comparison is waiting. */
  async settle(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  async #compare(shadow: Ranker, { input, scores, items }: Served, show: Parameters<Shadows['compare']>[1]): Promise<void> {
    const { accumulators, clock } = this.#parts
    // The answer that is compared goes out first.
    await new Promise((resolve) => setImmediate(resolve))
    if (items.length === 0 || !this.#parts.models.shadows.includes(shadow)) return
    const own = await rank(input, shadow, accumulators)
    const would = new Set((await show(own.scores)).slice(0, TOP).map(({ itemId }) => itemId))
    const top = items.slice(0, TOP)
    const sums = this.#sums.get(shadow) ?? { slates: 0, overlap: 0, correlated: 0, correlation: 0, since: clock.wall() }
    this.#sums.set(shadow, sums)
    sums.slates++
    sums.overlap += top.filter(({ itemId }) => would.has(itemId)).length / top.length
    const correlation = spearman(scores, own.scores)
    if (correlation === undefined) return
    sums.correlated++
    sums.correlation += correlation
  }
}

/**
 * Returns Spearman's rank correlation: Pearson's correlation of the ranks, with tied values sharing their mean rank.
 * @returns -1 to 1; undefined if one side has no two different values
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const [ranksOfA, ranksOfB] = [ranks(a), ranks(b)]
  const mean = (a.length + 1) / 2
  let [covariance, varianceOfA, varianceOfB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [ranksOfA[i] - mean, ranksOfB[i] - mean]
    covariance += x * y
    varianceOfA += x * x
    varianceOfB += y * y
  }
  return varianceOfA === 0 || varianceOfB === 0 ? undefined : covariance / Math.sqrt(varianceOfA * varianceOfB)
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i] - values[j])
  const found = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let i = from; i < to; i++) found[order[i]] = (from + 1 + to) / 2
    from = to
  }
  return found
}
