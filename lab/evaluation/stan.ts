import { DAY } from '../../src/time-units.ts'
import type { SessionKnn } from './session-knn.ts'

/** Parameters of STAN. */
export interface StanOptions {
  readonly k: number
  readonly sample: number
  /** λ₁: actions in which the weight of an item of the session falls to 1/e. */
  readonly sessionDecay: number
  /** λ₂: days in which the similarity of an earlier session falls to 1/e. */
  readonly recencyDays: number
  /** λ₃: actions of the neighbour in which its score falls to 1/e, from the latest shared item. */
  readonly neighbourDecay: number
}

/** Middle values of the ranges that session-rec searches. */
export const STANDARD_STAN: StanOptions = { k: 500, sample: 2500, sessionDecay: 3.62, recencyDays: 20, neighbourDecay: 3.62 }

/** Values that tuning draws from: those of session-rec, and longer ones for logs of years. */
export const STAN_CHOICES = {
  k: [100, 200, 500, 1000, 1500],
  sample: [1000, 2500, 5000],
  sessionDecay: [0.4525, 0.905, 1.81, 3.62, 7.24, 30],
  recencyDays: [2.5, 5, 10, 20, 40, 80, 1000],
  neighbourDecay: [0.4525, 0.905, 1.81, 3.62, 7.24, 30, 1000],
} as const satisfies { [Name in keyof StanOptions]: readonly StanOptions[Name][] }

/** Number of distances whose weights are computed once. */
const DISTANCES = 256

/**
 * Returns the terms of STAN (Garg, Gupta, Malhotra, Vig and Shroff, "Sequence and time aware neighborhood for session-based
 * recommendations", SIGIR 2019). For session s and an earlier session n with l(s) and l(n) distinct items:
 * sim(s, n) = Σ_{i in both} exp((p(i, s) − |s|)/λ₁) / √(l(s) l(n)) · exp(−(t(s) − t(n))/λ₂), and
 * score(i) = Σ_n sim(s, n) · exp(−|p(i, n) − p(i*, n)|/λ₃) · 1_n(i). p(i, s) is the place of the latest action on i in s, |s| the
 * number of actions of s, t the time of the latest action, and i* the latest item of s that n contains too. The factor 1/√l(s)
 * is the same for all items, so it is left out.
 */
export function stan({ k, sample, sessionDecay, recencyDays, neighbourDecay }: StanOptions): SessionKnn {
  return {
    k,
    sample,
    placeWeight: (ago) => Math.exp(-ago / sessionDecay),
    similarity: (shared, items, age) => (shared / Math.sqrt(items)) * Math.exp(-age / (recencyDays * DAY)),
    matchWeight: () => 1,
    distanceWeight: withTable((distance) => Math.exp(-distance / neighbourDecay)),
    itemWeight: () => 1,
  }
}

function withTable(weight: (distance: number) => number): (distance: number) => number {
  const near = Float64Array.from({ length: DISTANCES }, (_, distance) => weight(distance))
  return (distance) => (distance < DISTANCES ? near[distance] : weight(distance))
}
