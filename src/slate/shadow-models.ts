import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Clock } from '../clock.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import { rank } from './rank.ts'
import type { Recommendation } from './slate.ts'

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

export interface ShadowsParts {
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
