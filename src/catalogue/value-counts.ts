import type { DeclaredAttributes } from '../state/log-entry.ts'

/** Share of the items that have a common value. */
const COMMON = 0.99

/** Counts of items per value of each declared attribute, kept up to date as items change. */
export class ValueCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  add(declared: DeclaredAttributes): void {
    this.#change(declared, 1)
  }

  remove(declared: DeclaredAttributes): void {
    this.#change(declared, -1)
  }

  /** Returns the values that at least 99 % of the items have. @param items number of items with the attribute */
  commonValues(attribute: string, items: number): Set<string> {
    const counts = [...(this.#counts.get(attribute) ?? [])]
    return new Set(counts.flatMap(([value, count]) => (count >= COMMON * items ? [value] : [])))
  }

  /** Returns at most `most` values: all, or the most frequent ones. */
  valuesOf(attribute: string, most: number): string[] {
    const counts = this.#counts.get(attribute)
    if (!counts) return []
    if (counts.size <= most) return [...counts.keys()]
    return [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, most)
      .map(([value]) => value)
  }

  #change(declared: DeclaredAttributes, by: 1 | -1): void {
    for (const [attribute, held] of Object.entries(declared)) {
      if (typeof held === 'number') continue
      let counts = this.#counts.get(attribute)
      if (!counts) {
        counts = new Map()
        this.#counts.set(attribute, counts)
      }
      for (const value of new Set(typeof held === 'string' ? [held] : held)) {
        const count = (counts.get(value) ?? 0) + by
        if (count > 0) counts.set(value, count)
        else counts.delete(value)
      }
    }
  }
}
