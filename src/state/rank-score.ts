const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)
/** Place of the high half of a double among its two halves in a Uint32Array: 0 or 1. */
export const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Maximum relative error of `rankScore`. Scores that differ by more than twice this share never tie. */
export const RANK_TOLERANCE = 2 ** -17

/**
 * Rounds a score to the 17 significant bits that decide its rank. Scores that round to the same value are tied; ids break the tie.
 *
 * The last bits of a decayed sum depend on the order of its additions, by about 1e-15 of its value. If all bits decided the rank,
 * that order would break ties. Rounding is monotone, so it never swaps two scores. A score within 1e-15 of a midpoint may still
 * round either way: about one score in 10^10. Because additions are rounded, most sums are exact, which makes this rarer still.
 */
export function rankScore(score: number): number {
  scratch[0] = score
  words[HIGH] = roundedHigh(words[HIGH])
  words[1 - HIGH] = 0
  return scratch[0]
}

/** Returns the high half of the double to which `rankScore` rounds a score, whose low half is 0. @param high high half of the score */
export function roundedHigh(high: number): number {
  // Half a step upwards, then the rest cut off: a carry into the exponent is what rounding up to a power of two needs.
  return ((high + 8) & ~15) >>> 0
}
