import type { Clock } from '../clock.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import type { TrainingDistributions } from '../ranking/training-report.ts'
import type { Seen } from './rank.ts'

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
