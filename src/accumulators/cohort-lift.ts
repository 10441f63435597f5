/** Weight of the prior: a value is taken to have that much weight more, spread over all items as in the whole shop. */
const PRIOR_WEIGHT = 10
/** Variance that log-odds of items have by themselves. A lift that is less certain than that is shrunk towards 0. */
const PRIOR_VARIANCE = 1
/** Shares of sums below this are rounding errors. */
export const ROUNDING = 1e-6

/** Weights that a lift is computed from, without those of the asking user. */
export interface LiftEvidence {
  /** Weight of the item, or of the category, among people with the value. */
  readonly within: number
  /** Weight of all items among people with the value. */
  readonly value: number
  /** Weight of the item, or of the category, in the whole shop. */
  readonly item: number
  /** Weight of all items in the whole shop. */
  readonly shop: number
}

/** A lift, and how certain it is. */
export interface Lift {
  /** Smoothed log-odds of the item within the value against the rest of the shop. */
  readonly logOdds: number
  /** Standard error of the log-odds. */
  readonly error: number
}

/** Computes the lift of an item. @param evidence `item` and `shop` are above 0 */
export function liftOf({ within, value, item, shop }: LiftEvidence): Lift {
  const prior = (PRIOR_WEIGHT * item) / shop
  const inside = within + prior
  const outside = Math.max(0, item - within) + prior
  const odds = inside / (value + PRIOR_WEIGHT)
  const others = outside / (Math.max(0, shop - value) + PRIOR_WEIGHT)
  return { logOdds: Math.log(odds / others), error: Math.sqrt(1 / inside + 1 / outside) }
}

/** Returns the log-odds, shrunk towards 0 by how uncertain they are. */
export function shrunk({ logOdds, error }: Lift): number {
  return (logOdds * PRIOR_VARIANCE) / (PRIOR_VARIANCE + error * error)
}

/** Returns the log-odds in standard errors. */
export function zOf({ logOdds, error }: Lift): number {
  return logOdds / error
}

/**
 * Variance of a sum of weights, divided by the sum: above 1, since an action may weigh several times as much as another, and since
 * one person's actions within a category resemble each other.
 */
const DISPERSION = { item: 4, category: 9 } as const
/** Square of the standard errors up to which a difference counts as chance. */
const CHANCE = 2.5

/**
 * Returns the part of an item's actions that people with a value are expected to have.
 * @param share part of all actions that they have @param logOdds of the item
 */
function shareWithin(share: number, logOdds: number): number {
  const odds = share * Math.exp(logOdds)
  return odds / (odds + Math.max(0, 1 - share))
}

/**
 * Returns what of a lift is hardly chance: its distance from an expected lift, shrunk as by the positive-part estimator of James and
 * Stein (1961). Within 1.6 standard errors, it is exactly the expected lift. The error is that of a Poisson count (its deviance),
 * which holds for few actions too.
 * @param expected log-odds without evidence, such as those of the category of an item; 0 for none
 */
export function beyondChance(evidence: LiftEvidence, of: keyof typeof DISPERSION, expected: number): number {
  const { within, value, item, shop } = evidence
  const likely = item * shareWithin(value / shop, expected)
  const deviance = 2 * ((within > 0 ? within * Math.log(within / likely) : 0) - within + likely)
  const chance = CHANCE * DISPERSION[of]
  if (!(deviance > chance)) return expected
  return expected + (liftOf(evidence).logOdds - expected) * (1 - chance / deviance)
}
