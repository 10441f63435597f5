import { mean, variance } from 'd3-array'

/** A decision of a log, and the probability that another policy, the target, would have made it. */
export interface Decision {
  /** Outcome: 1 for a click, 0 for none, or another value. */
  readonly reward: number
  /** Probability of the decision when it was made, above 0. */
  readonly propensity: number
  /** Probability of the same decision under the target. */
  readonly target: number
  /** Reward that a model predicted for the decision, without knowing this reward. */
  readonly foreseen: number
  /** Mean reward that the model predicted for the possible decisions, weighted by the target's probabilities. */
  readonly foreseenOfTarget: number
}

/** A value with the interval that contains the true value for 95 of 100 logs. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Estimates of the target's value, in reward per decision. */
export interface Estimates {
  readonly decisions: number
  /** Inverse propensity scoring. */
  readonly ips: Estimate
  /** Self-normalised inverse propensity scoring. */
  readonly snips: Estimate
  /** Doubly robust. */
  readonly dr: Estimate
  /** Decisions of the target itself that would tell as much: (Σw)²/Σw². */
  readonly effectiveSample: number
  /** The weight at which others are cut off. */
  readonly clip: number
  /** Share of the decisions whose weight was cut off: where it is not near 0, the estimates are too low. */
  readonly clipped: number
}

/** 97.5 % quantile of the normal distribution. */
const QUANTILE = 1.959964

/**
 * Estimates the value of a target policy from the log of another one. The weights are w = target/propensity, at most `clip`: by
 * default the root of the number of decisions (Ionides, 2008). IPS (Horvitz and Thompson, 1952) is the mean of w·r. SNIPS
 * (Swaminathan and Joachims, 2015) is Σw·r/Σw. Doubly robust (Dudík, Langford and Li, 2011) is the mean of foreseenOfTarget +
 * w·(r − foreseen). Intervals are normal; that of SNIPS uses the delta method. With few rewards, they are too narrow.
 * @throws RangeError without decisions
 */
export function estimateValue(decisions: readonly Decision[], clip = Math.sqrt(decisions.length)): Estimates {
  const count = decisions.length
  if (count === 0) throw new RangeError('there are no decisions to estimate from')
  const raw = decisions.map(({ propensity, target }) => target / propensity)
  const weights = raw.map((weight) => Math.min(weight, clip))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const squares = weights.reduce((total, weight) => total + weight * weight, 0)
  const weighted = weights.map((weight, i) => weight * decisions[i].reward)
  const normalised = sum > 0 ? weighted.reduce((total, one) => total + one, 0) / sum : Number.NaN
  const residuals = weights.map((weight, i) => (weight * (decisions[i].reward - normalised) * count) / sum)
  const { value: _, ...spread } = meanOf(residuals)
  return {
    decisions: count,
    ips: meanOf(weighted),
    snips: { value: normalised, low: normalised + spread.low - centre(spread), high: normalised + spread.high - centre(spread) },
    dr: meanOf(
      weights.map((weight, i) => decisions[i].foreseenOfTarget + weight * (decisions[i].reward - decisions[i].foreseen)),
    ),
    effectiveSample: squares > 0 ? sum ** 2 / squares : 0,
    clip,
    clipped: raw.filter((weight) => weight > clip).length / count,
  }
}

function centre({ low, high }: { readonly low: number; readonly high: number }): number {
  return (low + high) / 2
}

/** Returns the mean of independent values with its normal 95 % interval; NaN without values. */
export function meanOf(values: readonly number[]): Estimate {
  const value = mean(values) ?? Number.NaN
  const reach = QUANTILE * Math.sqrt((variance(values) ?? 0) / values.length)
  return { value, low: value - reach, high: value + reach }
}
