import { hash } from 'node:crypto'
import { type EntityIncrements, GAIN_STRIDE, Increments } from '../state/increments.ts'
import type { EventFacts } from '../state/log-entry.ts'
import type { RowBlock, SetView } from '../state/shared-sums.ts'
import { itemKey, kindOf, type SharedKind, type SlotLayout } from '../state/slots.ts'
import type { SetRead, StateStore } from '../state/store.ts'

/** Stands between the id of an item and the number of its life. No id contains a control character. */
const LIFE = '\u0001'

/**
 * Returns the entities whose shared sums nobody reads any more, when an item begins a life: those of its life before the last. The last
 * one stays until it expires, for processes that have not heard of the new life yet.
 */
export function entitiesOver(itemId: string, life: number): string[] {
  return life < 2 ? [] : [itemKey(nameOfLife(itemId, life - 2))]
}

/** Returns the name of an item in shared sums in one of its lives; the id in the first one. @param life from 0 */
export function nameOfLife(itemId: string, life: number): string {
  return life === 0 ? itemId : `${itemId}${LIFE}${life}`
}

/** Returns the id of the item that has a name in shared sums in any of its lives. */
export function itemOfName(name: string): string {
  const end = name.indexOf(LIFE)
  return end < 0 ? name : name.slice(0, end)
}

/**
 * Names of items in shared sums. An item that is uploaded again after it was deleted begins a new life. Its sums start at 0,
 * because they have another name. Only the names change, so additions stay independent of their order, in every store and
 * process. Accumulators and sources know ids only: the names are put into increments before they are logged, and into reads
 * before they are sent.
 */
export class ItemLives {
  readonly #names = new Map<string, string>()
  #digest = 0

  /** Sets the number of an item's life. */
  set(itemId: string, life: number): void {
    const held = this.#names.get(itemId)
    if (held !== undefined) this.#digest = (this.#digest + DIGESTS - digestOf(held)) % DIGESTS
    if (life === 0) this.#names.delete(itemId)
    else this.#learn(itemId, nameOfLife(itemId, life))
  }

  /** Takes over names of items that are not in their first life. */
  learn(names: ReadonlyMap<string, string>): void {
    for (const [itemId, name] of names) this.#learn(itemId, name)
  }

  #learn(itemId: string, name: string): void {
    this.#names.set(itemId, name)
    this.#digest = (this.#digest + digestOf(name)) % DIGESTS
  }

  /** A number that two processes share if they know the same lives: 0 if all items are in their first. */
  get digest(): number {
    return this.#digest
  }

  /** Names of the items that are not in their first life, by id. */
  get names(): ReadonlyMap<string, string> {
    return this.#names
  }

  /** Returns the key of the item's shared sums in its present life. */
  keyOf(itemId: string): string {
    return itemKey(this.#nameOf(itemId))
  }

  /** Reads the rows of items in their present lives. @throws UnavailableError if the store does not answer */
  readRows(store: Pick<StateStore, 'readRows'>, itemIds: readonly string[]): Promise<RowBlock> {
    return store.readRows(
      'item',
      itemIds.map((itemId) => this.keyOf(itemId)),
    )
  }

  /**
   * Reads scored sets, of items in their present lives. Leaves out members that are items of an earlier life.
   * @throws UnavailableError if the store does not answer
   */
  async readSets(store: Pick<StateStore, 'readSets'>, reads: readonly SetRead[]): Promise<SetView[]> {
    if (this.#names.size === 0) return store.readSets(reads)
    const views = await store.readSets(reads.map((read) => ({ ...read, entity: this.#present(read.entity) })))
    return views.map((view, at) => (reads[at].set.members === 'items' ? this.#living(view) : view))
  }

  /** Returns the id of the item whose present life has a name in shared sums; undefined if it is the name of another life. */
  presentItem(name: string): string | undefined {
    const itemId = itemOfName(name)
    return this.#nameOf(itemId) === name ? itemId : undefined
  }

  /** Returns facts that say in which lives the items of an event are: the same facts if all are in their first. */
  mark(facts: EventFacts): EventFacts {
    if (this.#names.size === 0 || !facts.items.some(({ itemId }) => this.#names.has(itemId))) return facts
    const items = facts.items.map((item) => {
      const life = Number(this.#nameOf(item.itemId).slice(item.itemId.length + LIFE.length))
      return life > 0 ? { ...item, life } : item
    })
    return { ...facts, items }
  }

  /** Makes increments to be filled for items in their first lives, and then to be renamed. */
  collect(layout: SlotLayout): Increments {
    if (this.#names.size === 0) return new Increments(layout)
    return new Increments(layout, undefined, (name) => this.presentItem(name) === undefined)
  }

  /** Returns increments with the names of the present lives of their items. */
  rename(increments: Increments, layout: SlotLayout): Increments {
    if (this.#names.size === 0) return increments
    const inLives = (kind: SharedKind, gained: EntityIncrements): EntityIncrements => {
      const members = gained.members.map((member, i) =>
        layout.setAt(kind, gained.gains[i * GAIN_STRIDE]).members === 'items' ? this.#nameOf(member) : member,
      )
      return { ...gained, members }
    }
    const named = [...increments.entities].map(
      ([entity, gained]) => [this.#present(entity), inLives(kindOf(entity), gained)] as const,
    )
    const alike = [...increments.alike].map(
      ([entities, gained]) => [entities.map((entity) => this.#present(entity)), inLives(kindOf(entities[0]), gained)] as const,
    )
    return new Increments(layout, new Map(named), undefined, new Map(alike))
  }

  #nameOf(itemId: string): string {
    return this.#names.get(itemId) ?? itemId
  }

  /** @param entity key of an item's first life, or of an attribute value */
  #present(entity: string): string {
    if (kindOf(entity) !== 'item') return entity
    const name = this.#names.get(entity.slice(ITEM_PREFIX))
    return name === undefined ? entity : itemKey(name)
  }

  #living(view: SetView): SetView {
    const members: string[] = []
    const scores: number[] = []
    view.members.forEach((member, at) => {
      const itemId = this.presentItem(member)
      if (itemId === undefined) return
      members.push(itemId)
      scores.push(view.scores[at])
    })
    return members.length === view.members.length && members.every((itemId, at) => itemId === view.members[at])
      ? view
      : { ...view, members, scores: Float64Array.from(scores) }
  }
}

const ITEM_PREFIX = itemKey('').length

const DIGESTS = 2 ** 48

/** 48 bits of a hash: sums of two are exact. */
function digestOf(name: string): number {
  return Number.parseInt(hash('sha1', name, 'hex').slice(0, 12), 16)
}
