import type { Random } from '../random.ts'

/**
 * Draws the candidates of a decision that a model learns from: the positive, and others uniformly without repetition.
 * @param rows number of candidates
 * @param positive row of the item that the user acted on next
 * @param negatives number of others, or fewer if there are too few
 * @returns rows, the positive first
 */
export function withNegatives(rows: number, positive: number, negatives: number, random: Random): number[] {
  const others = Array.from({ length: rows }, (_, row) => row).filter((row) => row !== positive)
  for (let i = 0; i < Math.min(negatives, others.length); i++) {
    const j = i + Math.floor(random.uniform() * (others.length - i))
    ;[others[i], others[j]] = [others[j], others[i]]
  }
  return [positive, ...others.slice(0, negatives)]
}
