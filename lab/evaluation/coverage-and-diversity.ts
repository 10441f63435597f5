import type { DeclaredAttributes } from '../../src/state/log-entry.ts'
import type { KnownItems } from './known-items.ts'
import { PLACES } from './row-table.ts'

/** The pairs of items are compared in one of this many lists. */
const COMPARED_EVERY = 10

/** How varied the lists of one method are over the whole test period. */
export interface ListSummary {
  /** Share of the known items that stood in a list at least once. */
  readonly coverage: number
  /** Actions on a listed item so far, over those on the average item. */
  readonly popularity: number
  /** Mean over pairs within a list of 1 - Jaccard of their declared attributes; absent where items have none. */
  readonly diversity: number | undefined
}

/** Figures about the first 20 items of a method's lists, whatever item comes next. */
export class ListFigures {
  readonly #items: KnownItems
  readonly #attributesOf: (itemId: string) => DeclaredAttributes
  readonly #listed = new Set<string>()
  #lists = 0
  #popularity = 0
  #places = 0
  #pairs = 0
  #difference = 0

  constructor(items: KnownItems, attributesOf: (itemId: string) => DeclaredAttributes) {
    this.#items = items
    this.#attributesOf = attributesOf
  }

  add(ranked: readonly string[]): void {
    const list = ranked.slice(0, PLACES)
    const mean = this.#items.meanActions
    for (const itemId of list) {
      this.#listed.add(itemId)
      this.#popularity += this.#items.actionsOn(itemId) / mean
    }
    this.#places += list.length
    if (this.#lists++ % COMPARED_EVERY > 0) return
    const values = list.map((itemId) => valuesOf(this.#attributesOf(itemId))).filter(({ size }) => size > 0)
    for (let a = 0; a < values.length; a++) {
      for (let b = 0; b < a; b++) {
        this.#pairs++
        this.#difference += 1 - jaccard(values[a], values[b])
      }
    }
  }

  summary(): ListSummary {
    return {
      coverage: this.#listed.size / this.#items.size,
      popularity: this.#popularity / this.#places,
      diversity: this.#pairs > 0 ? this.#difference / this.#pairs : undefined,
    }
  }
}

/**
 * Returns the attribute values of an item that similarity compares. Numbers such as prices are left out, because two items seldom
 * have the same number.
 */
export function valuesOf(attributes: DeclaredAttributes): ReadonlySet<string> {
  return new Set(
    Object.entries(attributes).flatMap(([name, value]) =>
      typeof value === 'number' ? [] : [value].flat().map((text) => `${name}\0${text}`),
    ),
  )
}

/** Returns the share of all values that both sets have, from 0 to 1; 0 if both are empty. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0
  for (const value of a) if (b.has(value)) common++
  const all = a.size + b.size - common
  return all === 0 ? 0 : common / all
}
