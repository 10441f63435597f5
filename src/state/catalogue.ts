import { z } from 'zod'
import { ItemVectors, vectorOf } from './item-vectors.ts'
import type { DeclaredAttributes } from './log-entry.ts'
import { decodeStamped, encodeStamped } from './stamped-json.ts'
import type { StateStore } from './store.ts'
import type { JsonObject } from './user-value.ts'
import { ValueCounts } from './value-counts.ts'

/** What was uploaded about an item. */
export interface CatalogueItem {
  readonly itemId: string
  readonly attributes: JsonObject
  readonly available: boolean
  /** ms of the clock that features see. */
  readonly updatedAt: number
  /** When it was first uploaded, in ms of that clock. */
  readonly addedAt: number
  /** Never recommended again, whatever comes. */
  readonly deleted: boolean
  /** Those of the attributes that accumulators may use. */
  readonly declared: DeclaredAttributes
}

export type StoredItem = Omit<CatalogueItem, 'itemId' | 'declared'>

const storedItem = z
  .object({
    attributes: z.record(z.string(), z.json()),
    available: z.boolean(),
    updatedAt: z.number(),
    /** Absent in what was stored before this was kept. */
    addedAt: z.number().optional(),
    deleted: z.boolean(),
  })
  .transform((item) => ({ ...item, addedAt: item.addedAt ?? item.updatedAt }))

export function encodeItem(item: StoredItem, stamp: Uint8Array): Buffer {
  const { attributes, available, updatedAt, addedAt, deleted } = item
  return encodeStamped({ attributes, available, updatedAt, addedAt, deleted }, stamp)
}

export function decodeItem(value: Uint8Array): StoredItem {
  return parseItem(decodeStamped(value))
}

/** @throws when it is no such item */
export function parseItem(item: unknown): StoredItem {
  return storedItem.parse(item)
}

const NOTHING_DECLARED: DeclaredAttributes = {}

/** Every item that was uploaded, in this process: attributes and availability by id. Kept current by its owner. */
export class Catalogue {
  readonly #items = new Map<string, CatalogueItem>()
  readonly #declared: ReadonlyMap<string, 'key' | 'number'>
  readonly #vector: string | undefined
  /** Of the items that can be recommended. */
  readonly vectors = new ItemVectors()
  readonly #values = new ValueCounts()
  /** How many items have each attribute. */
  readonly #attributes = new Map<string, number>()
  #ordered: string[] | undefined
  /** Ids of all items, those that were added last at the end; in order when `#isSorted`. */
  #byAge: string[] = []
  #isSorted = true

  /** @param vector the attribute that holds a vector, if one does */
  constructor(declared: { readonly [attribute: string]: 'key' | 'number' }, vector?: string) {
    this.#declared = new Map(Object.entries(declared))
    this.#vector = vector
  }

  /** Reads every item of the store. */
  async load(store: StateStore): Promise<void> {
    for await (const { id, value } of store.listSubjects('item')) this.set(id, decodeItem(value))
  }

  /** An older state than the one that is held, from a signal that came late, changes nothing. */
  set(itemId: string, item: StoredItem): void {
    const held = this.#items.get(itemId)
    if (held && held.updatedAt > item.updatedAt) return
    if (!held || held.deleted !== item.deleted) this.#ordered = undefined
    const latest = this.#items.get(this.#byAge[this.#byAge.length - 1] ?? '')
    if (held ? held.addedAt !== item.addedAt : latest && oldestFirst(latest, { itemId, ...item }) > 0) this.#isSorted = false
    if (!held) this.#byAge.push(itemId)
    const declared = this.#declare(item.attributes)
    if (held && !held.deleted) {
      this.#values.remove(held.declared)
      this.#countAttributes(held.attributes, -1)
    }
    if (!item.deleted) {
      this.#values.add(declared)
      this.#countAttributes(item.attributes, 1)
    }
    this.#items.set(itemId, { ...item, itemId, declared })
    if (this.#vector === undefined) return
    const vector = item.deleted || !item.available ? undefined : vectorOf(item.attributes[this.#vector])
    if (vector || held) this.vectors.set(itemId, vector)
  }

  /** Values of a declared attribute among the items that are not deleted: all, or the `most` that the most items have. */
  valuesOf(attribute: string, most: number): string[] {
    return this.#values.valuesOf(attribute, most)
  }

  /** Whether any item that is not deleted has this attribute, declared or not. */
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  /** Undefined for an item that was never uploaded, or was deleted. */
  get(itemId: string): CatalogueItem | undefined {
    const item = this.#items.get(itemId)
    return item?.deleted ? undefined : item
  }

  declared(itemId: string): DeclaredAttributes {
    return this.#items.get(itemId)?.declared ?? NOTHING_DECLARED
  }

  recommendable(itemId: string): boolean {
    return this.get(itemId)?.available ?? false
  }

  /** Ids of all items that are not deleted, in order of id. */
  get itemIds(): readonly string[] {
    this.#ordered ??= [...this.#items.values()]
      .filter(({ deleted }) => !deleted)
      .map(({ itemId }) => itemId)
      .sort()
    return this.#ordered
  }

  /** All items that are not deleted, those that were added last first. */
  *newest(): Generator<CatalogueItem> {
    if (!this.#isSorted) {
      // Another list, so that who is reading the old one goes on with that.
      this.#byAge = [...this.#byAge].sort((a, b) => oldestFirst(this.#items.get(a)!, this.#items.get(b)!))
      this.#isSorted = true
    }
    const byAge = this.#byAge
    for (let at = byAge.length - 1; at >= 0; at--) {
      const item = this.get(byAge[at])
      if (item) yield item
    }
  }

  #countAttributes(attributes: JsonObject, by: 1 | -1): void {
    for (const name of Object.keys(attributes)) {
      const count = (this.#attributes.get(name) ?? 0) + by
      if (count > 0) this.#attributes.set(name, count)
      else this.#attributes.delete(name)
    }
  }

  #declare(attributes: JsonObject): DeclaredAttributes {
    const declared: Record<string, string | number | string[]> = {}
    for (const [name, kind] of this.#declared) {
      const value = attributes[name]
      if (kind === 'number') {
        if (typeof value === 'number') declared[name] = value
      } else if (typeof value === 'string' && value !== '') declared[name] = value
      else if (typeof value === 'number' || typeof value === 'boolean') declared[name] = String(value)
      else if (Array.isArray(value)) {
        const texts = value.filter((element): element is string => typeof element === 'string' && element !== '')
        if (texts.length > 0) declared[name] = texts.slice(0, 5)
      }
    }
    return declared
  }
}

/** Of equal ones the higher id is the older. */
function oldestFirst(a: Pick<CatalogueItem, 'itemId' | 'addedAt'>, b: Pick<CatalogueItem, 'itemId' | 'addedAt'>): number {
  return a.addedAt - b.addedAt || (a.itemId < b.itemId ? 1 : -1)
}
