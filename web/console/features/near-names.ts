/** Names that share less than this with a text have nothing to do with it. */
const LEAST_ALIKE = 0.4

/**
 * Returns names that somebody may have meant, the nearest first: those that share most pairs of letters with the text (the coefficient of
 * Dice, 1 for the same pairs).
 */
export function nearNames(text: string, names: readonly string[], most: number): string[] {
  const wanted = pairsOf(text)
  return names
    .map((name) => ({ name, likeness: likeness(wanted, pairsOf(name)) }))
    .filter((one) => one.likeness >= LEAST_ALIKE)
    .sort((left, right) => right.likeness - left.likeness)
    .slice(0, most)
    .map(({ name }) => name)
}

function pairsOf(text: string): ReadonlySet<string> {
  const letters = text.toLowerCase()
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, i) => letters.slice(i, i + 2)))
}

function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const shared = [...left].filter((pair) => right.has(pair)).length
  return shared === 0 ? 0 : (2 * shared) / (left.size + right.size)
}
