import { z } from 'zod'
import type { DeclaredAttributes } from '../state/log/entry.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import { itemKey } from '../state/slots.ts'
import { encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { StateStore } from '../state/store.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { AttributeColumn } from './attribute-column.ts'
import { ItemVectors, vectorOf } from './item-vectors.ts'
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

/** @param onUnreadable told of an item that cannot be read @returns undefined for that */
export function readItem(itemId: string, value: Uint8Array, onUnreadable: (error: Error) => void): StoredItem | undefined {
  const problem = `The stored item "${itemId}" cannot be read, so it counts as absent: upload it again with upsertItems.`
  return readStamped(value, parseItem, problem, onUnreadable)
}

/** @throws when it is no such item */
export function parseItem(item: unknown): StoredItem {
  return storedItem.parse(item)
}

const NOTHING_DECLARED: DeclaredAttributes = {}

/** Every item that was uploaded, in this process: attributes and availability by id. Kept current by its owner. */
export class Catalogue {
  /** By number: in order of coming, which stays. */
  readonly #items: CatalogueItem[] = []
  readonly #numbers = new Map<string, number>()
  /** By number, under which shared sums of the item are kept: made once, with the hash that every look into them needs. */
  readonly #keys: string[] = []
  readonly #declared: ReadonlyMap<string, 'key' | 'number'>
  readonly #vector: string | undefined
  /** Of the items that can be recommended. */
  readonly vectors = new ItemVectors()
  readonly #values = new ValueCounts()
  /** How many items have each attribute. */
  readonly #attributes = new Map<string, number>()
  /** Of the attributes that were asked for, by name. */
  readonly #columns = new Map<string, AttributeColumn>()
  #ordered: { readonly itemIds: readonly string[]; readonly numbers: Uint32Array } | undefined
  /** Numbers of all items, those that were added last at the end; in order when `#isSorted`. */
  #byAge: number[] = []
  #isSorted = true
  /** For each load that is under way, the items of which it was told meanwhile. */
  readonly #loads = new Set<Set<string>>()
  readonly #onGone = new Set<(itemId: string) => void>()

  /** @param vector the attribute that holds a vector, if one does */
  constructor(declared: { readonly [attribute: string]: 'key' | 'number' }, vector?: string) {
    this.#declared = new Map(Object.entries(declared))
    this.#vector = vector
  }

  /**
   * Takes over the items of the store. An item that the store lacks is deleted here, and one that is older there becomes as old here:
   * the store may have lost data. What is told of meanwhile by `set` is newer than what is read, and stays.
   * @param onUnreadable told of items that cannot be read: they stay as they are here
   */
  async load(store: StateStore, onUnreadable: (error: Error) => void): Promise<void> {
    const told = new Set<string>()
    const read = new Set<string>()
    this.#loads.add(told)
    try {
      for await (const { id, value } of store.listSubjects('item')) {
        read.add(id)
        if (told.has(id)) continue
        const item = readItem(id, value, onUnreadable)
        if (item) this.#put(id, item)
      }
      for (const item of this.#items) {
        const { itemId } = item
        if (!read.has(itemId) && !told.has(itemId) && !item.deleted) this.#put(itemId, { ...item, deleted: true, updatedAt: 0 })
      }
    } finally {
      this.#loads.delete(told)
    }
  }

  /** An older state than the one that is held, from a signal that came late, changes nothing. */
  set(itemId: string, item: StoredItem): void {
    for (const told of this.#loads) told.add(itemId)
    const held = this.#item(this.#numbers.get(itemId) ?? -1)
    if (held && held.updatedAt > item.updatedAt) return
    this.#put(itemId, item)
  }

  #put(itemId: string, item: StoredItem): void {
    const number = this.#numbers.get(itemId) ?? this.#items.length
    const held = this.#item(number)
    if (!held || held.deleted !== item.deleted) this.#ordered = undefined
    const latest = this.#item(this.#byAge[this.#byAge.length - 1] ?? -1)
    if (held ? held.addedAt !== item.addedAt : latest && oldestFirst(latest, { itemId, ...item }) > 0) this.#isSorted = false
    if (!held) {
      this.#byAge.push(number)
      this.#numbers.set(itemId, number)
      this.#keys.push(itemKey(itemId))
    }
    const declared = this.#declare(item.attributes)
    if (held && !held.deleted) {
      this.#values.remove(held.declared)
      this.#countAttributes(held.attributes, -1)
    }
    if (!item.deleted) {
      this.#values.add(declared)
      this.#countAttributes(item.attributes, 1)
    }
    this.#items[number] = { ...item, itemId, declared }
    if (held && isRecommendable(held) && !isRecommendable(item)) for (const callback of this.#onGone) callback(itemId)
    for (const [name, column] of this.#columns) column.set(number, attributeOf(item, name))
    if (this.#vector === undefined) return
    const vector = isRecommendable(item) ? vectorOf(item.attributes[this.#vector]) : undefined
    if (vector || held) this.vectors.set(itemId, vector)
  }

  /** Calls back when an item can be recommended no more: it was deleted, or became unavailable. @returns ends that */
  onGone(callback: (itemId: string) => void): () => void {
    this.#onGone.add(callback)
    return () => this.#onGone.delete(callback)
  }

  /** Values of a declared attribute among the items that are not deleted: all, or the `most` that the most items have. */
  valuesOf(attribute: string, most: number): string[] {
    return this.#values.valuesOf(attribute, most)
  }

  /** Whether any item that is not deleted has this attribute, declared or not. */
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  /**
   * The values of an attribute of all items that are not deleted, by number, kept from the first time that they are asked for; undefined
   * where no item has it.
   */
  column(name: string): AttributeColumn | undefined {
    if (!this.hasAttribute(name)) {
      this.#columns.delete(name)
      return undefined
    }
    let column = this.#columns.get(name)
    if (!column) {
      column = new AttributeColumn()
      for (const [number, item] of this.#items.entries()) column.set(number, attributeOf(item, name))
      this.#columns.set(name, column)
    }
    return column
  }

  /** How many items were ever uploaded: each has a number below, which stays. */
  get size(): number {
    return this.#items.length
  }

  /** Undefined for an item that was deleted. */
  numbered(number: number): CatalogueItem | undefined {
    const item = this.#item(number)
    return item?.deleted ? undefined : item
  }

  /** Undefined for an item that was never uploaded, or was deleted. */
  get(itemId: string): CatalogueItem | undefined {
    return this.numbered(this.#numbers.get(itemId) ?? -1)
  }

  declared(itemId: string): DeclaredAttributes {
    return this.declaredOf(this.#numbers.get(itemId) ?? -1)
  }

  declaredOf(number: number): DeclaredAttributes {
    return this.#item(number)?.declared ?? NOTHING_DECLARED
  }

  /** Key of the item's shared sums; undefined for -1. */
  keyOf(number: number): string | undefined {
    return this.#keys[number]
  }

  /** Of each its number, -1 where it was never uploaded. */
  numbersOf(itemIds: readonly string[]): Int32Array {
    const numbers = new Int32Array(itemIds.length)
    for (let at = 0; at < numbers.length; at++) numbers[at] = this.#numbers.get(itemIds[at]) ?? -1
    return numbers
  }

  recommendable(itemId: string): boolean {
    return this.get(itemId)?.available ?? false
  }

  /** Ids of all items that are not deleted, in order of id. */
  get itemIds(): readonly string[] {
    return this.#inOrder().itemIds
  }

  /** Numbers of all items that are not deleted, in order of id. */
  get numbers(): Uint32Array {
    return this.#inOrder().numbers
  }

  /** All items that are not deleted, those that were added last first. */
  *newest(): Generator<CatalogueItem> {
    for (const number of this.newestNumbers()) {
      const item = this.numbered(number)
      if (item) yield item
    }
  }

  /** Numbers of all items, those that were added last first. */
  *newestNumbers(): Generator<number> {
    if (!this.#isSorted) {
      // Another list, so that who is reading the old one goes on with that.
      this.#byAge = [...this.#byAge].sort((a, b) => oldestFirst(this.#items[a], this.#items[b]))
      this.#isSorted = true
    }
    const byAge = this.#byAge
    for (let at = byAge.length - 1; at >= 0; at--) yield byAge[at]
  }

  #inOrder() {
    if (!this.#ordered) {
      const itemIds = this.#items.flatMap(({ itemId, deleted }) => (deleted ? [] : [itemId])).sort()
      this.#ordered = { itemIds, numbers: Uint32Array.from(itemIds, (itemId) => this.#numbers.get(itemId)!) }
    }
    return this.#ordered
  }

  #item(number: number): CatalogueItem | undefined {
    return this.#items[number]
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
        // What was stored before numbers were bounded is missing.
        if (isWithinBounds(value)) declared[name] = value
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

function isRecommendable({ deleted, available }: Pick<StoredItem, 'deleted' | 'available'>): boolean {
  return !deleted && available
}

function attributeOf({ attributes, deleted }: StoredItem, name: string): Json | undefined {
  return !deleted && Object.hasOwn(attributes, name) ? attributes[name] : undefined
}

/** Of equal ones the higher id is the older. */
function oldestFirst(a: Pick<CatalogueItem, 'itemId' | 'addedAt'>, b: Pick<CatalogueItem, 'itemId' | 'addedAt'>): number {
  return a.addedAt - b.addedAt || (a.itemId < b.itemId ? 1 : -1)
}
