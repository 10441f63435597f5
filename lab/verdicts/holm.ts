/**
 * Tells which hypotheses are rejected so that the probability of any wrong rejection is at most `alpha` (Holm 1979, "A simple
 * sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6).
 * @param pValues one for each hypothesis, from 0 to 1
 * @returns for each hypothesis, in the order given, the level that its p-value had to reach; 0 if it is not rejected
 */
export function holmLevels(pValues: readonly number[], alpha: number): number[] {
  const levels = pValues.map(() => 0)
  const ascending = [...pValues.keys()].sort((a, b) => pValues[a] - pValues[b])
  for (const [before, index] of ascending.entries()) {
    const level = alpha / (pValues.length - before)
    if (!(pValues[index] <= level)) break
    levels[index] = level
  }
  return levels
}
