import { z } from 'zod'
import { sampledBytes } from '../heap-bytes.ts'
import type { DeclaredAttributes } from '../state/log-entry.ts'
import { encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { StateStore } from '../state/store.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { AttributeColumn } from './attribute-column.ts'
import { declaredOf } from './declared-attributes.ts'
import { ItemLives } from './item-lives.ts'
import { ItemVectors, vectorOf } from './item-vectors.ts'
import { ValueCounts } from './value-counts.ts'

/** An item of the catalogue, as uploaded. */
export interface CatalogueItem {
  readonly itemId: string
  readonly attributes: JsonObject
  readonly available: boolean
  /** Time of the last upload on the clock of features, in ms. */
  readonly updatedAt: number
  /** Time of the first upload since the item was new, on the clock of features, in ms. */
  readonly addedAt: number
  /** Whether the item was deleted. It is not recommended until it is uploaded again, as a new item. */
  readonly deleted: boolean
  /** Number of times that the item was uploaded again after it was deleted; absent in its first life. See `ItemLives`. */
  readonly life?: number
  /** Attributes that the domain declares, for accumulators. */
  readonly declared: DeclaredAttributes
}

/** An item in the form of the store, whose key contains the id. `declared` is computed again from `attributes`. */
export type StoredItem = Omit<CatalogueItem, 'itemId' | 'declared'>

const storedItem = z.object({
  attributes: z.record(z.string(), z.json()),
  available: z.boolean(),
  updatedAt: z.number(),
  addedAt: z.number(),
  deleted: z.boolean(),
  life: z.int().positive().exactOptional(),
})

/** Encodes an item for the store. */
export function encodeItem(item: StoredItem, stamp: Uint8Array): Buffer {
  return encodeStamped(storedItemJson(item), stamp)
}

/** Returns an item as it is stored and logged. */
export function storedItemJson({ attributes, available, updatedAt, addedAt, deleted, life }: StoredItem): JsonObject {
  return { attributes, available, updatedAt, addedAt, deleted, ...(life !== undefined && { life }) }
}

/** Decodes a stored item. @param onUnreadable called if the item cannot be read @returns undefined if the item cannot be read */
export function readItem(itemId: string, value: Uint8Array, onUnreadable: (error: Error) => void): StoredItem | undefined {
  const problem = `The stored item "${itemId}" cannot be read, so it counts as absent: upload it again with upsertItems.`
  return readStamped(value, parseItem, problem, onUnreadable)
}

/** Parses an item. @throws ZodError if the item is invalid */
export function parseItem(item: unknown): StoredItem {
  return storedItem.parse(item)
}

const NOTHING_DECLARED: DeclaredAttributes = {}

/** Items that are measured to know the memory of all. */
const MEASURED_ITEMS = 200
/** Bytes of an item beside what was uploaded: its number, and its places in the maps and lists of the catalogue. */
const ENTRY_BYTES = 200

/**
 * All uploaded items in this process: attributes and availability by id. The owner keeps it up to date. Each item has a number,
 * from 0 in the order of arrival, which never changes.
 */
export class Catalogue {
  /** By number: in order of coming, which stays. */
  readonly #items: CatalogueItem[] = []
  readonly #numbers = new Map<string, number>()
  /** By number, under which shared sums of the item's present life are kept: made once, with the hash that every look needs. */
  readonly #keys: string[] = []
  readonly #declared: ReadonlyMap<string, 'key' | 'number'>
  readonly #vector: string | undefined
  /** Embeddings of the items that can be recommended. */
  readonly vectors = new ItemVectors()
  /** Names of the items in shared sums. */
  readonly lives = new ItemLives()
  readonly #values = new ValueCounts()
  /** By attribute, as of the latest change of an item. */
  readonly #common = new Map<string, ReadonlySet<string>>()
  /** How many items have each attribute, and how many values their lists have. */
  readonly #attributes = new Map<string, { readonly items: number; readonly listed: number }>()
  /** Of the attributes that were asked for, by name. */
  readonly #columns = new Map<string, AttributeColumn>()
  #ordered: { readonly itemIds: readonly string[]; readonly numbers: Uint32Array } | undefined
  /** Numbers of all items, those that were added last at the end; in order when `#isSorted`. */
  #byAge: number[] = []
  #isSorted = true
  /** For each load that is under way, the items of which it was told meanwhile. */
  readonly #loads = new Set<Set<string>>()
  readonly #onGone = new Set<(itemId: string) => void>()

  /** @param vector name of the attribute that holds an embedding, if there is one */
  constructor(declared: { readonly [attribute: string]: 'key' | 'number' }, vector?: string) {
    this.#declared = new Map(Object.entries(declared))
    this.#vector = vector
  }

  /**
   * Loads the items of the store. Items that the store lacks are deleted here, and older states in the store replace newer ones
   * here, because the store may have lost data. Changes that `set` receives meanwhile are newer and stay.
   * @param onUnreadable called for each item that cannot be read; such items stay as they are here
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
      // Whatever the store gets to know about them is newer, by any clock, and begins their first life.
      for (const { itemId, life: _, ...item } of this.#items) {
        if (!read.has(itemId) && !told.has(itemId)) this.#put(itemId, { ...item, deleted: true, updatedAt: 0 })
      }
    } finally {
      this.#loads.delete(told)
    }
  }

  /** Sets the state of an item. Ignores states that are older than the current one, such as those of a delayed signal. */
  set(itemId: string, item: StoredItem): void {
    for (const told of this.#loads) told.add(itemId)
    const held = this.#item(this.numberOf(itemId))
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
    }
    if (!held || held.life !== item.life) {
      this.lives.set(itemId, item.life ?? 0)
      this.#keys[number] = this.lives.keyOf(itemId)
    }
    const declared = declaredOf(item.attributes, this.#declared)
    if (held && !held.deleted) {
      this.#values.remove(held.declared)
      this.#countAttributes(held.attributes, -1)
    }
    if (!item.deleted) {
      this.#values.add(declared)
      this.#countAttributes(item.attributes, 1)
    }
    this.#common.clear()
    this.#items[number] = { ...item, itemId, declared }
    if (held && isRecommendable(held) && !isRecommendable(item)) for (const callback of this.#onGone) callback(itemId)
    for (const [name, column] of this.#columns) column.set(number, attributeOf(item, name))
    if (this.#vector === undefined) return
    const vector = isRecommendable(item) ? vectorOf(item.attributes[this.#vector]) : undefined
    if (vector || held) this.vectors.set(itemId, vector)
  }

  /**
   * Calls `callback` when an item can no longer be recommended: it was deleted or became unavailable.
   * @returns function that ends the subscription
   */
  onGone(callback: (itemId: string) => void): () => void {
    this.#onGone.add(callback)
    return () => this.#onGone.delete(callback)
  }

  /**
   * Returns the values of a declared attribute among items that are not deleted. If there are more than `most`, returns the `most`
   * most frequent values.
   */
  valuesOf(attribute: string, most: number): string[] {
    return this.#values.valuesOf(attribute, most)
  }

  /** Returns the values of a declared attribute that at least 99 % of the items with the attribute have: they tell no items apart. */
  commonValues(attribute: string): ReadonlySet<string> {
    let common = this.#common.get(attribute)
    if (!common) {
      common = this.#values.commonValues(attribute, this.#attributes.get(attribute)?.items ?? 0)
      this.#common.set(attribute, common)
    }
    return common
  }

  /** Returns whether any item that is not deleted has this attribute, declared or not. */
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  /** Returns how many values the lists have that items have as this attribute. */
  listedValues(name: string): number {
    return this.#attributes.get(name)?.listed ?? 0
  }

  /**
   * Returns the column of an attribute's values by item number, deleted items excluded; undefined if no item has the attribute. The
   * column is built at the first call and then kept up to date.
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

  /** Number of items ever uploaded. All item numbers are below it. */
  get size(): number {
    return this.#items.length
  }

  /** Estimated memory of the uploaded items, without the tables of `vectors`, in bytes. */
  get bytes(): number {
    return sampledBytes(this.#items, this.size, MEASURED_ITEMS, 'parsed') + ENTRY_BYTES * this.size
  }

  /** Returns the item of a number; undefined if it was deleted. */
  numbered(number: number): CatalogueItem | undefined {
    const item = this.#item(number)
    return item?.deleted ? undefined : item
  }

  /** Returns the item of an id; undefined if it was never uploaded, or was deleted. */
  get(itemId: string): CatalogueItem | undefined {
    return this.numbered(this.numberOf(itemId))
  }

  /** Returns the time of the latest upload or deletion of an item, in ms; undefined if it was never uploaded. */
  changedAt(itemId: string): number | undefined {
    return this.#item(this.numberOf(itemId))?.updatedAt
  }

  /** Returns whether the item was ever uploaded, even if it was deleted since. */
  knows(itemId: string): boolean {
    return this.#numbers.has(itemId)
  }

  /** Returns the declared attributes of an item. Each upload makes another object. */
  declared(itemId: string): DeclaredAttributes {
    return this.declaredOf(this.numberOf(itemId))
  }

  declaredOf(number: number): DeclaredAttributes {
    return this.#item(number)?.declared ?? NOTHING_DECLARED
  }

  /** Returns the key of the item's shared sums; undefined for -1. */
  keyOf(number: number): string | undefined {
    return this.#keys[number]
  }

  /** Returns the number of an item; -1 if it was never uploaded. */
  numberOf(itemId: string): number {
    return this.#numbers.get(itemId) ?? -1
  }

  /** Returns the number of each item; -1 if it was never uploaded. */
  numbersOf(itemIds: readonly string[]): Int32Array {
    const numbers = new Int32Array(itemIds.length)
    for (let at = 0; at < numbers.length; at++) numbers[at] = this.numberOf(itemIds[at])
    return numbers
  }

  recommendable(itemId: string): boolean {
    return this.get(itemId)?.available ?? false
  }

  /** Ids of all items that are not deleted, sorted. */
  get itemIds(): readonly string[] {
    return this.#inOrder().itemIds
  }

  /** Numbers of all items that are not deleted, sorted by item id. */
  get numbers(): Uint32Array {
    return this.#inOrder().numbers
  }

  /** Yields all items that are not deleted, latest added first. */
  *newest(): Generator<CatalogueItem> {
    for (const number of this.newestNumbers()) {
      const item = this.numbered(number)
      if (item) yield item
    }
  }

  /** Yields the numbers of all items, latest added first. */
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
    for (const [name, value] of Object.entries(attributes)) {
      const { items, listed } = this.#attributes.get(name) ?? { items: 0, listed: 0 }
      const lists = Array.isArray(value) ? value.length : 0
      if (items + by > 0) this.#attributes.set(name, { items: items + by, listed: listed + by * lists })
      else this.#attributes.delete(name)
    }
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
