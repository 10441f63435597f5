/** A figure with the interval that holds it in 95 of 100 cases, however often one looks. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Independent observations that would tell as much. */
  readonly effectiveSamples: number
}

/** Sums over users, by group: each user is in one group, so groups are independent however much one user's events are alike. */
export interface GroupSums {
  readonly numerator: Float64Array
  readonly denominator: Float64Array
}

/** A ratio of two sums, and how far it may be off. */
export interface Ratio {
  readonly value: number
  readonly standardError: number
  readonly effectiveSamples: number
}

const ALPHA = 0.05
/** Effective samples at which the interval is as narrow as it can be; elsewhere it is a little wider than need be. */
const TIGHTEST = 5000
const RHO_SQUARED = (-2 * Math.log(ALPHA) + Math.log(-2 * Math.log(ALPHA) + 1)) / TIGHTEST

/**
 * Events per opportunity, such as clicks per impression. The standard error is that of a ratio of group totals (Cochran, Sampling
 * Techniques, 1977, 6.3: of random groups), at least that of independent opportunities with one more success and one more failure.
 * @returns undefined without an opportunity, or with less than two groups that have one
 */
export function rateOf({ numerator, denominator }: GroupSums): Ratio | undefined {
  const ratio = ratioOf({ numerator, denominator })
  if (!ratio) return undefined
  const [events, chances] = [total(numerator), total(denominator)]
  const smoothed = Math.min(0.5, (events + 1) / (chances + 2))
  const ofOne = smoothed * (1 - smoothed)
  const variance = Math.max(ratio.standardError ** 2, ofOne / chances)
  return { value: ratio.value, standardError: Math.sqrt(variance), effectiveSamples: ofOne / variance }
}

/**
 * A sum per opportunity, such as value per slate, with the standard error of a ratio of group totals.
 * @param squares of what is summed, by group: they tell how many independent opportunities would say as much
 * @returns undefined without an opportunity, or with less than two groups that have one
 */
export function meanOf({ numerator, denominator }: GroupSums, squares: Float64Array): Ratio | undefined {
  const ratio = ratioOf({ numerator, denominator })
  if (!ratio) return undefined
  const chances = total(denominator)
  const ofOne = Math.max(0, total(squares) / chances - ratio.value ** 2)
  const variance = Math.max(ratio.standardError ** 2, ofOne / chances)
  return {
    value: ratio.value,
    standardError: Math.sqrt(variance),
    effectiveSamples: variance > 0 ? ofOne / variance : chances,
  }
}

function ratioOf({ numerator, denominator }: GroupSums): { value: number; standardError: number } | undefined {
  const chances = total(denominator)
  const groups = denominator.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0)
  if (chances === 0 || groups < 2) return undefined
  const value = total(numerator) / chances
  const squares = numerator.reduce((sum, events, i) => sum + (events - value * denominator[i]) ** 2, 0)
  // Few groups vary by chance: their number takes the place of that of Student's quantile, which is all but equal to it from 32 on.
  return { value, standardError: Math.sqrt((squares * groups) / (groups - 1)) / chances }
}

/** One ratio minus another, of other users. */
export function difference(a: Ratio, b: Ratio): Ratio {
  return {
    value: a.value - b.value,
    standardError: Math.hypot(a.standardError, b.standardError),
    effectiveSamples: 1 / (1 / a.effectiveSamples + 1 / b.effectiveSamples),
  }
}

/**
 * The interval by an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit
 * theory, 2021, theorem 2.2): all the intervals that one sees while events come in hold the figure, in 95 of 100 cases.
 */
export function estimate({ value, standardError, effectiveSamples }: Ratio): Estimate {
  const information = effectiveSamples * RHO_SQUARED
  const errors = Math.sqrt(((2 * (information + 1)) / information) * Math.log(Math.sqrt(information + 1) / ALPHA))
  const reach = effectiveSamples > 0 ? errors * standardError : Number.POSITIVE_INFINITY
  return { value, low: value - reach, high: value + reach, effectiveSamples }
}

export function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
