import { InvalidInputError } from '../errors.ts'
import type { NeighbourPart } from '../state/neighbour-part.ts'
import type { ServedNeighbours } from '../state/neighbour-record.ts'

/** Most neighbours of one item. */
export const MAX_NEIGHBOURS = 100
/** Most items with a list in one version. */
export const MAX_LISTS = 20_000
/** Most different items in one version, with and without a list. With full lists, a process then needs about 30 MB for them. */
export const MAX_LISTED_ITEMS = 2 * MAX_LISTS

/** An item whose neighbours count, and how much. */
export interface WeightedItem {
  readonly itemId: string
  readonly weight: number
}

/** Items that some lists propose together, in no particular order. The arrays have the same length. */
export interface SummedNeighbours {
  readonly itemIds: string[]
  /** Sum over the given items of their weight times the score of the neighbour. */
  readonly scores: number[]
  /** Index, among the given items, of the one that gives most to this sum. */
  readonly mostOf: number[]
}

/** One complete version of the neighbour lists in memory: for each item, similar items with their scores. It never changes. */
export class NeighbourLists {
  readonly served: ServedNeighbours
  readonly #names: readonly string[]
  /** Number of each item, by its id. The items with a list come first. */
  readonly #numbers: ReadonlyMap<string, number>
  /** Where the list of each item begins in the columns, with the end of the last one. */
  readonly #starts: Uint32Array
  readonly #neighbours: Uint32Array
  readonly #scores: Float64Array
  /** By item: its sum, what it was given most, and the given item; used within one call. */
  readonly #sums: Float64Array
  readonly #most: Float64Array
  readonly #mostOf: Uint16Array
  /** By item: its row among those asked for, from 1; used within one call. */
  readonly #rows: Uint32Array

  private constructor(served: ServedNeighbours, lists: NumberedLists) {
    this.served = served
    this.#numbers = lists.numbers
    this.#names = [...lists.numbers.keys()]
    this.#starts = Uint32Array.from(lists.starts)
    this.#neighbours = Uint32Array.from(lists.neighbours)
    this.#scores = Float64Array.from(lists.scores)
    this.#sums = new Float64Array(this.#names.length)
    this.#most = new Float64Array(this.#names.length)
    this.#mostOf = new Uint16Array(this.#names.length)
    this.#rows = new Uint32Array(this.#names.length)
  }

  /** Puts all parts of a version together, in their order. @throws InvalidInputError if two parts have a list of one item, or if the lists name too many items */
  static of(served: ServedNeighbours, parts: readonly NeighbourPart[]): NeighbourLists {
    const steps = puttingTogether(parts)
    let step = steps.next()
    while (!step.done) step = steps.next()
    return new NeighbourLists(served, step.value)
  }

  /**
   * Like `of`, but does other work after each part: all parts of the largest version take about a second.
   * @param turn resolves when the other work is done
   */
  static async inTurns(
    served: ServedNeighbours,
    parts: readonly NeighbourPart[],
    turn: () => Promise<unknown>,
  ): Promise<NeighbourLists> {
    const steps = puttingTogether(parts)
    let step = steps.next()
    while (!step.done) {
      await turn()
      step = steps.next()
    }
    return new NeighbourLists(served, step.value)
  }

  /** Number of items with a list. */
  get lists(): number {
    return this.#starts.length - 1
  }

  /** Number of neighbours in all lists. */
  get neighbours(): number {
    return this.#neighbours.length
  }

  /** Adds up the neighbours of some items, at most 65,536. Items without a list add nothing. */
  sum(items: readonly WeightedItem[]): SummedNeighbours {
    const found: number[] = []
    for (const [from, { itemId, weight }] of items.entries()) {
      const list = this.#numbers.get(itemId)
      if (list === undefined || list >= this.lists) continue
      for (let at = this.#starts[list]; at < this.#starts[list + 1]; at++) {
        const item = this.#neighbours[at]
        const gain = weight * this.#scores[at]
        // Too small for a number.
        if (gain <= 0) continue
        // All gains are above 0, so a sum of 0 means that nothing was added yet.
        if (this.#sums[item] === 0) found.push(item)
        this.#sums[item] += gain
        if (gain <= this.#most[item]) continue
        this.#most[item] = gain
        this.#mostOf[item] = from
      }
    }
    const summed: SummedNeighbours = { itemIds: [], scores: [], mostOf: [] }
    for (const item of found) {
      summed.itemIds.push(this.#names[item])
      summed.scores.push(this.#sums[item])
      summed.mostOf.push(this.#mostOf[item])
      this.#sums[item] = 0
      this.#most[item] = 0
    }
    return summed
  }

  /**
   * Returns the sums of `sum` for some neighbours only, in their order; NaN for an item that is a neighbour of none of `items`.
   */
  sumsOf(neighbourIds: readonly string[], items: readonly WeightedItem[]): Float64Array {
    const rows = this.#rows
    const asked = neighbourIds.map((itemId) => this.#numbers.get(itemId))
    for (let row = 0; row < asked.length; row++) {
      const item = asked[row]
      if (item !== undefined) rows[item] = row + 1
    }
    const sums = new Float64Array(neighbourIds.length)
    for (const { itemId, weight } of items) {
      const list = this.#numbers.get(itemId)
      if (list === undefined || list >= this.lists) continue
      for (let at = this.#starts[list]; at < this.#starts[list + 1]; at++) {
        const row = rows[this.#neighbours[at]]
        if (row > 0) sums[row - 1] += weight * this.#scores[at]
      }
    }
    // An item that is asked for twice has the sum in its last row.
    for (let row = 0; row < asked.length; row++) {
      const item = asked[row]
      sums[row] = (item === undefined ? 0 : sums[rows[item] - 1]) || Number.NaN
    }
    for (const item of asked) if (item !== undefined) rows[item] = 0
    return sums
  }
}

/** Lists with items as numbers, in columns. */
interface NumberedLists {
  readonly numbers: ReadonlyMap<string, number>
  readonly starts: number[]
  readonly neighbours: number[]
  readonly scores: number[]
}

/** Puts parts together, and yields after each part. */
function* puttingTogether(parts: readonly NeighbourPart[]): Generator<void, NumberedLists, void> {
  const numbers = new Map<string, number>()
  for (const [part, { itemIds }] of parts.entries()) {
    for (const itemId of itemIds) {
      if (numbers.has(itemId))
        throw new InvalidInputError(
          `Part ${part} has a list of the item ${itemId}, and so has an earlier part: upload a version with one list for each item.`,
          'version',
        )
      numbers.set(itemId, numbers.size)
    }
  }
  const lists = { numbers, starts: [0], neighbours: [] as number[], scores: [] as number[] }
  for (const { counts, neighbourIds, scores } of parts) {
    for (const count of counts) lists.starts.push(lists.starts.at(-1)! + count)
    for (const [at, neighbourId] of neighbourIds.entries()) {
      let number = numbers.get(neighbourId)
      if (number === undefined) {
        number = numbers.size
        if (number === MAX_LISTED_ITEMS)
          throw new InvalidInputError(
            `The lists name more than ${MAX_LISTED_ITEMS} different items: upload a new version with fewer.`,
            'lists',
          )
        numbers.set(neighbourId, number)
      }
      lists.neighbours.push(number)
      lists.scores.push(scores[at])
    }
    yield
  }
  return lists
}
