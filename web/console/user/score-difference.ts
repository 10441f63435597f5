/** A feature of an item in a slate: what the model read, and what it added to the score. */
export interface Contribution {
  readonly name: string
  readonly value?: number | null | undefined
  readonly contribution: number
}

/** One feature in the comparison of two items. */
export interface FeatureDifference {
  readonly name: string
  readonly above: Contribution | undefined
  readonly below: Contribution | undefined
  /** Contribution to the score of the upper item minus that to the score of the lower one. */
  readonly difference: number
}

/** Differences that no reader could see. */
const NEGLIGIBLE = 1e-6

/** Compares two scores feature by feature, the largest difference first. Features that change nothing are left out. */
export function scoreDifferences(above: readonly Contribution[], below: readonly Contribution[]): FeatureDifference[] {
  const byName = new Map(below.map((one) => [one.name, one]))
  const names = new Set([...above.map(({ name }) => name), ...byName.keys()])
  const ofAbove = new Map(above.map((one) => [one.name, one]))
  return [...names]
    .map((name) => {
      const [a, b] = [ofAbove.get(name), byName.get(name)]
      return { name, above: a, below: b, difference: (a?.contribution ?? 0) - (b?.contribution ?? 0) }
    })
    .filter(({ difference }) => Math.abs(difference) > NEGLIGIBLE)
    .sort((left, right) => Math.abs(right.difference) - Math.abs(left.difference))
}
