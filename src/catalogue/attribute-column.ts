import type { Json } from '../state/user-value.ts'

/**
 * Values for which a function may return something other than 0: these scalars and all lists and objects, or the numbers in this
 * range.
 */
export type OnlyFor = { readonly scalars: Iterable<Json> } | { readonly least: number; readonly greatest: number }

/** Of a missing attribute. */
const MISSING = 0

/** Values of one attribute for all items. Each text, number and boolean is stored once, however many items have it. */
export class AttributeColumn {
  /** By item. */
  #codes = new Uint32Array(1024)
  /** By code; undefined where a code is free. */
  readonly #values: (Json | undefined)[] = [undefined]
  /** By code, NaN for what is no number. */
  #numbers = new Float64Array(1024).fill(Number.NaN)
  /** By code, how many items have the value. */
  readonly #uses: number[] = [0]
  readonly #free: number[] = []
  readonly #codeOf = new Map<Json, number>()
  /** Codes of lists and objects, of one item each. */
  readonly #compound = new Set<number>()

  /** Sets the value of an item. @param item item number, from 0 @param value undefined or null if the item lacks the attribute */
  set(item: number, value: Json | undefined): void {
    const held = item < this.#codes.length ? this.#codes[item] : MISSING
    if (held === MISSING ? value === undefined || value === null : this.#values[held] === value) return
    if (item >= this.#codes.length) {
      const longer = new Uint32Array(longerThan(item))
      longer.set(this.#codes)
      this.#codes = longer
    }
    if (held !== MISSING) this.#release(held)
    this.#codes[item] = value === undefined || value === null ? MISSING : this.#take(value)
  }

  /** Returns the value of an item; undefined if the item lacks the attribute. */
  valueOf(item: number): Json | undefined {
    return item < this.#codes.length ? this.#values[this.#codes[item]] : undefined
  }

  /**
   * Applies a function of the value to the first `items` items.
   * @param of takes null for a missing value
   * @param only limits the calls to these values and to missing ones
   */
  map(items: number, of: (value: Json) => number, only?: OnlyFor): Uint8Array {
    const byCode = new Uint8Array(this.#values.length)
    const look = (code: number) => {
      const value = this.#values[code]
      if (value !== undefined) byCode[code] = of(value)
    }
    if (only && 'scalars' in only) {
      for (const value of only.scalars) look(this.#codeOf.get(value) ?? MISSING)
      for (const code of this.#compound) look(code)
    } else if (only) {
      const { least, greatest } = only
      const numbers = this.#numbers
      for (let code = 1; code < byCode.length; code++) if (numbers[code] >= least && numbers[code] <= greatest) look(code)
    } else for (let code = 1; code < byCode.length; code++) look(code)
    byCode[MISSING] = of(null)
    const mapped = new Uint8Array(items)
    const codes = this.#codes
    const known = Math.min(items, codes.length)
    for (let item = 0; item < known; item++) mapped[item] = byCode[codes[item]]
    return mapped.fill(byCode[MISSING], known)
  }

  #take(value: Json): number {
    const isCompound = typeof value === 'object'
    let code = isCompound ? undefined : this.#codeOf.get(value)
    if (code === undefined) {
      code = this.#free.pop() ?? this.#values.length
      this.#values[code] = value
      this.#uses[code] = 0
      this.#setNumber(code, typeof value === 'number' ? value : Number.NaN)
      if (isCompound) this.#compound.add(code)
      else this.#codeOf.set(value, code)
    }
    this.#uses[code]++
    return code
  }

  #setNumber(code: number, value: number): void {
    if (code >= this.#numbers.length) {
      const longer = new Float64Array(longerThan(code)).fill(Number.NaN)
      longer.set(this.#numbers)
      this.#numbers = longer
    }
    this.#numbers[code] = value
  }

  #release(code: number): void {
    if (--this.#uses[code] > 0) return
    const value = this.#values[code]
    if (!this.#compound.delete(code) && value !== undefined) this.#codeOf.delete(value)
    this.#values[code] = undefined
    this.#free.push(code)
  }
}

function longerThan(place: number): number {
  return Math.ceil(place * 1.25) + 1
}
