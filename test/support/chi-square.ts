/**
 * Pearson's statistic of counts against probabilities that sum to 1. With so many classes less one degrees of freedom it stays below
 * `chiSquareBound` in 999 of 1,000 runs, if the probabilities are those of the counts.
 */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce((sum, count, i) => sum + (count - draws * probabilities[i]) ** 2 / (draws * probabilities[i]), 0)
}

/** The 99.9 % quantile, by Wilson and Hilferty (1931): good to 1 % from three degrees of freedom on. */
export function chiSquareBound(classes: number): number {
  const degrees = classes - 1
  const part = 2 / (9 * degrees)
  return degrees * (1 - part + 3.09 * Math.sqrt(part)) ** 3
}
