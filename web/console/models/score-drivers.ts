/** How much a feature moves scores. */
export interface ScoreDriver {
  readonly name: string
  /** Mean of the absolute contributions, in units of the score. */
  readonly size: number
}

interface ExplainedItem {
  readonly contributions: readonly { readonly name: string; readonly contribution: number }[] | null
}

/** Returns the mean absolute contribution of each feature over these items, the largest first. Items without contributions are left out. */
export function scoreDrivers(items: readonly ExplainedItem[]): ScoreDriver[] {
  const explained = items.flatMap(({ contributions }) => (contributions ? [contributions] : []))
  const sums = new Map<string, number>()
  for (const { name, contribution } of explained.flat()) sums.set(name, (sums.get(name) ?? 0) + Math.abs(contribution))
  return [...sums].map(([name, sum]) => ({ name, size: sum / explained.length })).sort((a, b) => b.size - a.size)
}
