/** An estimate with a 95 % confidence interval that stays valid however often it is looked at. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Number of independent observations with the same information. */
  readonly effectiveSamples: number
}

/** Sums per group of users. Each user belongs to one group, so groups are independent, even if the events of one user are not. */
export interface GroupSums {
  readonly numerator: Float64Array
  readonly denominator: Float64Array
}

/** A ratio of two sums, with its standard error. */
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
 * Estimates events per opportunity, such as clicks per impression. The standard error is that of a ratio of group totals (Cochran,
 * Sampling Techniques, 1977, 6.3: of random groups), and at least that of independent opportunities with one more success and one
 * more failure.
 * @returns undefined without opportunities, or if fewer than two groups have any
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
 * Estimates a sum per opportunity, such as value per slate, with the standard error of a ratio of group totals.
 * @param squares sums of squares of the summed values, by group; they give the number of independent opportunities with the same
 * information
 * @returns undefined without opportunities, or if fewer than two groups have any
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

/** Returns the difference of two ratios of different users. */
export function difference(a: Ratio, b: Ratio): Ratio {
  return {
    value: a.value - b.value,
    standardError: Math.hypot(a.standardError, b.standardError),
    effectiveSamples: 1 / (1 / a.effectiveSamples + 1 / b.effectiveSamples),
  }
}

/**
 * Returns the estimate with an interval from an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
 * Time-uniform central limit theory, 2021, theorem 2.2). In 95 of 100 cases, all intervals computed while events come in contain
 * the true value.
 */
export function estimate({ value, standardError, effectiveSamples }: Ratio): Estimate {
  const information = effectiveSamples * RHO_SQUARED
  const errors = Math.sqrt(((2 * (information + 1)) / information) * Math.log(Math.sqrt(information + 1) / ALPHA))
  const reach = effectiveSamples > 0 ? errors * standardError : Number.POSITIVE_INFINITY
  return { value, low: value - reach, high: value + reach, effectiveSamples }
}

/** Cuts off the part of an interval that no rate can reach: below 0 and, unless the rate itself is higher, above `most`. */
export function withinRates(rate: Estimate, most: number): Estimate {
  return { ...rate, low: Math.max(0, rate.low), high: Math.min(rate.high, Math.max(most, rate.value)) }
}

/** Returns the sum of the values; 0 for none. */
export function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
