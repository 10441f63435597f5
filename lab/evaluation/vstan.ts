import type { SessionKnn } from './session-knn.ts'
import { STAN_CHOICES, STANDARD_STAN, type StanOptions, stan } from './stan.ts'

/** Parameters of VSTAN: those of STAN, and two of VS-KNN. */
export interface VstanOptions extends StanOptions {
  /** Actions in which a neighbour's factor falls to 1/e, from the end of the session back to the latest shared item. */
  readonly matchDecay: number
  /** Weight of the inverse document frequency; 0 for none. */
  readonly idf: number
}

/** Middle values of the ranges that session-rec searches. */
export const STANDARD_VSTAN: VstanOptions = { ...STANDARD_STAN, matchDecay: 3.62, idf: 1 }

/** Values that tuning draws from. */
export const VSTAN_CHOICES = {
  ...STAN_CHOICES,
  matchDecay: [0.4525, 0.905, 1.81, 3.62, 7.24, 30],
  idf: [0, 1, 2, 5, 10],
} as const satisfies { [Name in keyof VstanOptions]: readonly VstanOptions[Name][] }

/**
 * Returns the terms of VSTAN (Ludewig, Mauro, Latifi and Jannach, "Empirical analysis of session-based recommendation
 * algorithms", UMUAI 2021): STAN, with the scoring of VS-KNN. The score of STAN for each neighbour is multiplied by
 * exp(−ago(s, n)/matchDecay), and that of each item by 1 + idf · ln(N / N_i). ago(s, n) is the number of actions since the
 * latest shared item, N the number of sessions, and N_i the number of those with the item.
 */
export function vstan({ matchDecay, idf, ...options }: VstanOptions): SessionKnn {
  return {
    ...stan(options),
    matchWeight: (ago) => Math.exp(-ago / matchDecay),
    itemWeight: (rarity) => 1 + idf * rarity,
  }
}
