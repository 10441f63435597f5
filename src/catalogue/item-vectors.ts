import { InvalidInputError } from '../errors.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { Json } from '../state/user-value.ts'

/** Maximum number of dimensions of an embedding. */
export const MAX_DIMENSIONS = 1024
/**
 * Maximum number of vectors that are compared exactly. If there are more, a comparison of sketches first reduces them to this
 * number.
 */
export const COMPARED = 2048
/** Bits of a sketch, in words of 32. */
const SKETCH_WORDS = 2
const SKETCH_BITS = 32 * SKETCH_WORDS

/** Items with the most similar vectors, in two lists of the same length. */
export interface NearItems {
  readonly itemIds: string[]
  /** Cosine by item, -1 to 1, highest first. */
  readonly cosines: number[]
}

/** Normalised mean of several embeddings; its length is 1. */
export type Direction = Float32Array

/**
 * Checks an uploaded embedding.
 * @param dimensions number of dimensions of the present embeddings; undefined if there are none
 * @throws InvalidInputError that says why the value cannot be compared with the others
 */
export function checkVector(value: Json, dimensions: number | undefined, field: string): void {
  if (!Array.isArray(value)) throw new InvalidInputError(`${field} is not a vector: send a list of numbers.`, field)
  const wrong = value.findIndex((element) => !isWithinBounds(element))
  if (wrong >= 0) {
    throw new InvalidInputError(`${field}.${wrong} is not a number from -1e12 to 1e12.`, `${field}.${wrong}`)
  }
  if (value.length === 0 || value.length > MAX_DIMENSIONS)
    throw new InvalidInputError(`${field} has ${value.length} numbers; 1 to ${MAX_DIMENSIONS} are allowed.`, field)
  if (value.every((element) => element === 0))
    throw new InvalidInputError(`${field} is all zeros, so it has no direction: omit it.`, field)
  if (dimensions !== undefined && value.length !== dimensions) {
    const message = `${field} has ${value.length} numbers, but the vectors of other items have ${dimensions}: send a vector of that length. To change the length, first remove all vectors (null).`
    throw new InvalidInputError(message, field)
  }
}

/** Returns the embedding of a stored value; undefined if the value is not an embedding. */
export function vectorOf(value: Json | undefined): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_DIMENSIONS) return undefined
  const isVector = value.every((element) => typeof element === 'number' && Number.isFinite(element))
  return isVector && value.some((element) => element !== 0) ? (value as number[]) : undefined
}

/**
 * Embeddings of items, scaled to length 1, for cosine similarities. Embeddings of equal length are in one table, because only they
 * can be compared. The content does not depend on the order of arrival, so every process holds the same.
 */
export class ItemVectors {
  readonly #tables = new Map<number, VectorTable>()
  readonly #dimensions = new Map<string, number>()

  /** Size of the arrays of all vectors, in bytes. */
  get bytes(): number {
    return [...this.#tables.values()].reduce((sum, table) => sum + table.bytes, 0)
  }

  /** Number of dimensions of the largest table; undefined if there are no embeddings. */
  get dimensions(): number | undefined {
    let most: VectorTable | undefined
    for (const table of this.#tables.values()) if (table.size > (most?.size ?? 0)) most = table
    return most?.dimensions
  }

  get size(): number {
    return this.#dimensions.size
  }

  set(itemId: string, vector: readonly number[] | undefined): void {
    const before = this.#dimensions.get(itemId)
    if (before !== undefined && before !== vector?.length) {
      this.#tables.get(before)!.delete(itemId)
      this.#dimensions.delete(itemId)
    }
    if (!vector) return
    let table = this.#tables.get(vector.length)
    if (!table) {
      table = new VectorTable(vector.length)
      this.#tables.set(vector.length, table)
    }
    table.set(itemId, vector)
    this.#dimensions.set(itemId, vector.length)
  }

  /**
   * Returns the mean direction of these items; undefined if there is none. Ignores items whose embedding has another length than
   * the first.
   */
  mean(itemIds: readonly string[]): Direction | undefined {
    const first = itemIds.find((itemId) => this.#dimensions.has(itemId))
    return first === undefined ? undefined : this.#tables.get(this.#dimensions.get(first)!)!.mean(itemIds)
  }

  /** Returns the cosine of an item's embedding, -1 to 1; NaN if the item has no embedding of that length. */
  cosine(direction: Direction, itemId: string): number {
    return this.#tables.get(direction.length)?.cosine(direction, itemId) ?? Number.NaN
  }

  /**
   * Returns the `count` items with the highest cosine above 0, highest first; ties by id. Of more than 2,048 embeddings, compares
   * only those with the nearest sketches: the signs of products with 64 random vectors (Charikar 2002). The result is then nearly
   * always exact.
   * @param admits asked about one item after the other, highest cosine first. Each item that it admits is in the result.
   */
  nearest(direction: Direction, count: number, admits: (itemId: string) => boolean): NearItems {
    return this.#tables.get(direction.length)?.nearest(direction, count, admits) ?? { itemIds: [], cosines: [] }
  }
}

/** Vectors of one length, one behind the other. */
class VectorTable {
  readonly dimensions: number
  readonly #rowOf = new Map<string, number>()
  readonly #itemIds: string[] = []
  readonly #planes: Float32Array
  #cells: Float32Array
  #sketches: Int32Array

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#planes = randomPlanes(dimensions)
    this.#cells = new Float32Array(64 * dimensions)
    this.#sketches = new Int32Array(64 * SKETCH_WORDS)
  }

  get bytes(): number {
    return this.#cells.byteLength + this.#sketches.byteLength
  }

  get size(): number {
    return this.#itemIds.length
  }

  set(itemId: string, vector: readonly number[]): void {
    let row = this.#rowOf.get(itemId)
    if (row === undefined) {
      row = this.#itemIds.push(itemId) - 1
      this.#rowOf.set(itemId, row)
      if (row * SKETCH_WORDS === this.#sketches.length) {
        this.#cells = grown(this.#cells, Float32Array)
        this.#sketches = grown(this.#sketches, Int32Array)
      }
    }
    this.#cells.set(directionOf(vector), row * this.dimensions)
    this.#sketches.set(this.#sketch(this.#row(row)), row * SKETCH_WORDS)
  }

  /** The last row takes its place. */
  delete(itemId: string): void {
    const row = this.#rowOf.get(itemId)
    if (row === undefined) return
    const last = this.#itemIds.length - 1
    this.#cells.copyWithin(row * this.dimensions, last * this.dimensions, (last + 1) * this.dimensions)
    this.#sketches.copyWithin(row * SKETCH_WORDS, last * SKETCH_WORDS, (last + 1) * SKETCH_WORDS)
    this.#itemIds[row] = this.#itemIds[last]
    this.#rowOf.set(this.#itemIds[row], row)
    this.#itemIds.pop()
    this.#rowOf.delete(itemId)
  }

  mean(itemIds: readonly string[]): Direction | undefined {
    const sum = new Float64Array(this.dimensions)
    for (const itemId of itemIds) {
      const row = this.#rowOf.get(itemId)
      if (row === undefined) continue
      const start = row * this.dimensions
      for (let i = 0; i < sum.length; i++) sum[i] += this.#cells[start + i]
    }
    return sum.some((element) => element !== 0) ? directionOf(sum) : undefined
  }

  cosine(direction: Direction, itemId: string): number {
    const row = this.#rowOf.get(itemId)
    return row === undefined ? Number.NaN : this.#product(direction, row)
  }

  nearest(direction: Direction, count: number, admits: (itemId: string) => boolean): NearItems {
    const rows = this.size <= COMPARED ? Uint32Array.from(this.#itemIds.keys()) : this.#nearSketches(direction)
    const cosines = new Float64Array(rows.length)
    for (let at = 0; at < rows.length; at++) cosines[at] = this.#product(direction, rows[at])
    const sorted = cosines.slice().sort()
    const near: NearItems = { itemIds: [], cosines: [] }
    // In order only as far as is wanted: sorting numbers is fast, comparing rows is not.
    for (let end = rows.length, start: number; end > 0 && near.itemIds.length < count; end = start) {
      start = Math.max(0, end - 4 * count)
      while (start > 0 && sorted[start - 1] === sorted[start]) start--
      const [lowest, highest] = [sorted[start], sorted[end - 1]]
      if (!(highest > 0)) break
      for (const at of this.#between(rows, cosines, lowest, highest)) {
        const itemId = this.#itemIds[rows[at]]
        if (near.itemIds.length === count || !(cosines[at] > 0)) break
        if (!admits(itemId)) continue
        near.itemIds.push(itemId)
        near.cosines.push(cosines[at])
      }
    }
    return near
  }

  /** Places of the cosines from `lowest` to `highest`, the highest first, of equal ones the lower id. */
  #between(rows: Uint32Array, cosines: Float64Array, lowest: number, highest: number): number[] {
    const places: number[] = []
    for (let at = 0; at < rows.length; at++) if (cosines[at] >= lowest && cosines[at] <= highest) places.push(at)
    const ids = this.#itemIds
    return places.sort((a, b) => cosines[b] - cosines[a] || (ids[rows[a]] < ids[rows[b]] ? -1 : 1))
  }

  /** As many rows as are compared one by one, those whose sketches differ in the fewest bits. */
  #nearSketches(direction: Direction): Uint32Array {
    const [low, high] = this.#sketch(direction)
    const { size } = this
    const distances = new Uint8Array(size)
    const counts = new Uint32Array(SKETCH_BITS + 1)
    for (let row = 0, at = 0; row < size; row++, at += SKETCH_WORDS) {
      const distance = bits(this.#sketches[at] ^ low) + bits(this.#sketches[at + 1] ^ high)
      distances[row] = distance
      counts[distance]++
    }
    let farthest = 0
    for (let rows = counts[0]; rows < COMPARED; ) rows += counts[++farthest]
    const near = new Uint32Array(COMPARED)
    let taken = 0
    for (let row = 0; row < size; row++) if (distances[row] < farthest) near[taken++] = row
    for (let row = 0; taken < COMPARED; row++) if (distances[row] === farthest) near[taken++] = row
    return near
  }

  #sketch(vector: Direction): Int32Array {
    const sketch = new Int32Array(SKETCH_WORDS)
    for (let bit = 0, at = 0; bit < SKETCH_BITS; bit++) {
      let product = 0
      for (let i = 0; i < vector.length; i++) product += vector[i] * this.#planes[at++]
      if (product > 0) sketch[bit >> 5] |= 1 << (bit & 31)
    }
    return sketch
  }

  #row(row: number): Float32Array {
    return this.#cells.subarray(row * this.dimensions, (row + 1) * this.dimensions)
  }

  #product(direction: Direction, row: number): number {
    const cells = this.#cells
    let product = 0
    for (let i = 0, at = row * this.dimensions; i < direction.length; i++) product += direction[i] * cells[at++]
    return product
  }
}

/** Returns the direction of a vector that is not all zeros. */
export function directionOf(vector: ArrayLike<number>): Direction {
  // Scaled first, since the squares of huge and of tiny numbers are no numbers any more.
  let largest = 0
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]))
  let squares = 0
  for (let i = 0; i < vector.length; i++) squares += (vector[i] / largest) ** 2
  const length = Math.sqrt(squares)
  return Float32Array.from(vector, (element) => element / largest / length)
}

function grown<T extends Float32Array | Int32Array>(cells: T, Cells: new (length: number) => T): T {
  const larger = new Cells(cells.length * 2)
  larger.set(cells)
  return larger
}

/** Bits that are set. */
function bits(word: number): number {
  let left = word - ((word >>> 1) & 0x55555555)
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333)
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The same in every process: vectors of numbers between -1 and 1, from a linear congruence (Numerical Recipes). */
function randomPlanes(dimensions: number): Float32Array {
  let state = dimensions
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  }
  // The sum of three is near enough to a normal number: the directions are even.
  return Float32Array.from({ length: SKETCH_BITS * dimensions }, () => next() + next() + next())
}
