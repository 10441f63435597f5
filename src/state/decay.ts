import { MINUTE, SECOND } from '../time-units.ts'

/**
 * Decayed sums by forward decay with epochs (Cormode et al., "Forward Decay", 2009): with half-life H, q = t / H and
 * epoch e = floor(q / 64), adding x at time t puts x·2^(q − 64e) on S. The value at time t is S·2^(64e − q). The weight of
 * an addition lies between 1 and 2^64, so nothing overflows, nothing needs a timer, and order matters only to rounding.
 * A sum is read at now, or at its latest addition if that is later. `src/state/redis/scripts/fold-scripts.ts` computes this in Redis.
 */
export const EPOCH = 64

/**
 * Maximum time that state may be ahead of now with correct clocks, in ms: an event may be 5 minutes ahead of a server that is 5
 * minutes ahead of another.
 */
export const AHEAD = 10 * MINUTE

/** Returns the epoch of a time; times and half-lives are in ms. */
export function epochOf(time: number, halfLife: number): number {
  return Math.floor(time / halfLife / EPOCH)
}

/** Returns the weight of an addition within its epoch: at least 1 and below 2^64. */
export function weightAt(time: number, halfLife: number): number {
  // What is added at one time to several sums is mostly added in a row. A power takes long.
  if (time !== latest.time || halfLife !== latest.halfLife) {
    const q = time / halfLife
    latest.weight = 2 ** (q - EPOCH * Math.floor(q / EPOCH))
    latest.time = time
    latest.halfLife = halfLife
  }
  return latest.weight
}

/** The latest weight that was asked for. */
const latest = { time: Number.NaN, halfLife: Number.NaN, weight: Number.NaN }

/** Returns the factor that converts a sum of epoch `from` to epoch `to`. It is below 1 if `to` is later. */
export function epochScale(from: number, to: number): number {
  return 2 ** (EPOCH * (from - to))
}

/** Returns the value of a decayed sum at `time`, in the unit of its additions. */
export function decayedValue(sum: number, epoch: number, time: number, halfLife: number): number {
  return sum === 0 ? 0 : sum * 2 ** (EPOCH * epoch - time / halfLife)
}

/**
 * Returns the rate of additions per ms for a decayed value. At a steady rate r, a decayed sum approaches r·H/ln 2; after `age` it
 * has reached the share 1 − 2^(−age/H) of it.
 */
export function decayedRate(value: number, age: number, halfLife: number): number {
  const settled = 1 - 2 ** (-Math.max(age, SECOND) / halfLife)
  return (value * Math.LN2) / (halfLife * settled)
}

/** Returns the values at `time` of decayed sums in two columns. */
export function decayedCells(sums: readonly number[], epochs: readonly number[], time: number, halfLife: number): number[] {
  return sums.map((sum, i) => decayedValue(sum, epochs[i], time, halfLife))
}

/** Adds `value`, with the time of its event, to the decayed sum at index `i` of two columns. */
export function addDecayedCell(sums: number[], epochs: number[], i: number, value: number, time: number, halfLife: number): void {
  mergeDecayedCell(sums, epochs, i, value * weightAt(time, halfLife), epochOf(time, halfLife))
}

/** Adds another stored decayed sum with the same half-life to the one at index `i` of two columns. */
export function mergeDecayedCell(sums: number[], epochs: number[], i: number, sum: number, epoch: number): void {
  if (!sums[i] || epoch === epochs[i]) {
    sums[i] = (sums[i] ?? 0) + sum
    epochs[i] = epoch
  } else if (epoch > epochs[i]) {
    sums[i] = sums[i] * epochScale(epochs[i], epoch) + sum
    epochs[i] = epoch
  } else sums[i] += sum * epochScale(epoch, epochs[i])
}

/** Adds stored decayed sums with the same half-life to those at the same indices. */
export function mergeDecayedCells(
  into: { readonly sum: number[]; readonly epoch: number[] },
  from: { readonly sum: readonly number[]; readonly epoch: readonly number[] },
): void {
  for (let i = 0; i < from.sum.length; i++) mergeDecayedCell(into.sum, into.epoch, i, from.sum[i], from.epoch[i])
}
