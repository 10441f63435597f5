const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** The largest relative error of `rankScore`. Scores that differ by more than twice this share never tie. */
export const RANK_TOLERANCE = 2 ** -17

/**
 * Rounds a score to the 17 significant bits that decide its rank. Scores that round alike are a tie, which ids decide.
 *
 * The last bits of a decayed sum depend on the order of its additions, some 1e-15 of its value. Ranking by all bits would let that order
 * decide ties. Rounding is monotone, so it never swaps two scores. A score that stands within 1e-15 of a midpoint may still round either
 * way: about one score in 10^10. Additions are rounded so that most sums are exact, which makes it rarer still.
 */
export function rankScore(score: number): number {
  scratch[0] = score
  // Half a step upwards, then the rest cut off: a carry into the exponent is what rounding up to a power of two needs.
  words[HIGH] = (words[HIGH] + 8) & ~15
  words[1 - HIGH] = 0
  return scratch[0]
}

/** Rounds each score as `rankScore` does. */
export function rankScores(scores: ArrayLike<number>): Float64Array {
  const rounded = new Float64Array(scores.length)
  for (let at = 0; at < rounded.length; at++) rounded[at] = rankScore(scores[at])
  return rounded
}
