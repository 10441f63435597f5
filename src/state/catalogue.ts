import { z } from 'zod'
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
  /** Never recommended again, whatever comes. */
  readonly deleted: boolean
  /** Those of the attributes that accumulators may use. */
  readonly declared: DeclaredAttributes
}

export type StoredItem = Omit<CatalogueItem, 'itemId' | 'declared'>

const storedItem = z.object({
  attributes: z.record(z.string(), z.json()),
  available: z.boolean(),
  updatedAt: z.number(),
  deleted: z.boolean(),
})

export function encodeItem(item: StoredItem, stamp: Uint8Array): Buffer {
  const { attributes, available, updatedAt, deleted } = item
  return encodeStamped({ attributes, available, updatedAt, deleted }, stamp)
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
  readonly #values = new ValueCounts()
  /** How many items have each attribute. */
  readonly #attributes = new Map<string, number>()
  #ordered: string[] | undefined
  /** In order of `newestFirst`, but for the items in `#changed`. */
  #newest: CatalogueItem[] = []
  readonly #changed = new Set<string>()

  constructor(declared: { readonly [attribute: string]: 'key' | 'number' }) {
    this.#declared = new Map(Object.entries(declared))
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
    this.#changed.add(itemId)
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

  /** All items that are not deleted, the latest upload first. */
  newest(): readonly CatalogueItem[] {
    if (this.#changed.size > 0) {
      const changed = Array.from(this.#changed, (itemId) => this.#items.get(itemId)!).filter(({ deleted }) => !deleted)
      const others = this.#newest.filter(({ itemId }) => !this.#changed.has(itemId))
      // Two stretches that are in order: as good as a merge.
      this.#newest = [...changed.sort(newestFirst), ...others].sort(newestFirst)
      this.#changed.clear()
    }
    return this.#newest
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

function newestFirst(a: CatalogueItem, b: CatalogueItem): number {
  return b.updatedAt - a.updatedAt || (a.itemId < b.itemId ? -1 : 1)
}
