import type { Chance } from './chance.ts'

/** What a run may bring beside the faults of `faults.ts`. */
export const SITUATIONS = [
  /** Eight users instead of four, events under every id, and merges of any two of them, in chains and circles. */
  'chains',
  /** Users are erased, several at once, while their events come in. */
  'erasures',
  /** Items and their attributes are uploaded too. */
  'uploads',
  /** The clock of a process or of a server steps by up to an hour, in either direction. */
  'clockSteps',
  /** All servers come back empty, or the only one comes back with an older state. */
  'lostStores',
  /** Prices, quantities and values at the edges of float64. */
  'extremeNumbers',
  /** Apps that were offline send what they kept, the newest first. */
  'offlineQueues',
  /** An entry stands in a log whose increments are no numbers. */
  'poisonedEntries',
  /** Items are deleted and added again, and each service learns of it by signals. */
  'lives',
] as const

export type Situation = (typeof SITUATIONS)[number]

/** Some of them, or the only one: a run in which little goes on finds what is hidden where everything does. */
export function chooseSituations(chance: Chance, from: readonly Situation[]): ReadonlySet<Situation> {
  return new Set(from.filter(() => from.length === 1 || chance.happens(0.3)))
}
