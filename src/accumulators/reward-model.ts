import { decayedValue } from '../state/decay.ts'
import type { SetView } from '../state/shared-sums.ts'
import { attributeKey, scoredSet } from '../state/slots.ts'
import { DAY } from '../time-units.ts'

/**
 * Sums for a ridge regression of rewards on inputs, for one surface and one list of inputs. Member `i*j` (i ≤ j) sums x_i·x_j over
 * the shown decisions; member `r*i` sums r·x_i. Input 0 is the constant 1, so `0*j` sums x_j, `0*0` counts shown decisions, and
 * `r*0` sums rewards. The sums form a set because slots would take space in every row of the kind. The set never fills up, so it is
 * never trimmed.
 */
export const REWARD_SUMS = scoredSet('attribute', 'reward_sums', 30 * DAY, 100, 128, 'other')

/** Returns the entity key of the reward sums. @param name the surface and a hash of the list of inputs, such as `home#1rj0x` */
export function rewardSumsKey(name: string): string {
  return attributeKey('bandit', name)
}

/** Ridge: as if each coefficient had been seen at 0 once. */
const PENALTY = 1
/** What a surface is taken for before it has shown anything: one reward of twenty. */
const PRIOR = { rewards: 1, shown: 20 }

/** Predicts the reward of an exploration slot: whether a user will click the item that the slot shows. */
export interface RewardModel {
  /** Returns the expected reward of a decision, 0 to 1. @param inputs scaled inputs, without the constant */
  estimate(inputs: readonly number[]): number
  /** Mean reward of all decisions; above 0. */
  readonly meanReward: number
}

/**
 * Fits the reward model by ridge regression (Hoerl and Kennard, 1970) on the sums, decayed to `now`: solves (Σxxᵀ + λI)θ = Σr·x.
 * @param inputs number of inputs, without the constant
 */
export function rewardModel({ epoch, latest, members, scores }: SetView, inputs: number, now: number): RewardModel {
  const time = Math.max(latest, now)
  const size = inputs + 1
  const sums = new Map(members.map((member, i) => [member, decayedValue(scores[i], epoch, time, REWARD_SUMS.halfLife)]))
  const sum = (member: string) => sums.get(member) ?? 0
  const matrix = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => sum(i <= j ? `${i}*${j}` : `${j}*${i}`) + (i === j ? PENALTY : 0)),
  )
  const coefficients = solve(
    matrix,
    Float64Array.from({ length: size }, (_, i) => sum(`r*${i}`)),
  )
  return {
    estimate: (values) => {
      let estimate = coefficients[0]
      for (let i = 0; i < values.length; i++) estimate += coefficients[i + 1] * values[i]
      return Math.min(1, Math.max(0, estimate))
    },
    meanReward: (sum('r*0') + PRIOR.rewards) / (sum('0*0') + PRIOR.shown),
  }
}

/** x of Ax = b, by Cholesky's decomposition A = LLᵀ of a positive definite matrix, which is overwritten. */
function solve(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const size = b.length
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i][j]
      for (let k = 0; k < j; k++) rest -= a[i][k] * a[j][k]
      a[i][j] = i === j ? Math.sqrt(rest) : rest / a[j][j]
    }
  }
  const x = b.slice()
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= a[i][k] * x[k]
    x[i] /= a[i][i]
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= a[k][i] * x[k]
    x[i] /= a[i][i]
  }
  return x
}
