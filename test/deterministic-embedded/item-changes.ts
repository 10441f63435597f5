import { readItem } from '../../src/catalogue/catalogue.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { keyInLife, UPLOAD, whyOutdated } from '../deterministic/item-oracle.ts'
import { Violation } from '../deterministic/oracle.ts'
import type { World } from '../deterministic/world.ts'
import type { Opened } from './simulated-store.ts'

/** So few items change that some of them begin several lives. */
const CHANGING = 2

/** A shop that deletes items and adds them again, while events on them come in. */
export class ItemChanges {
  /** Attributes as they were sent, by the number of the upload. */
  readonly sent = new Map<number, JsonObject>()
  readonly #world: World
  readonly #itemIds: readonly string[]

  constructor(world: World, itemIds: readonly string[]) {
    this.#world = world
    this.#itemIds = itemIds
  }

  /** @param untilDone sends a request until it is answered */
  async change(untilDone: (request: (store: Opened) => Promise<unknown>) => Promise<unknown>): Promise<void> {
    const { chance } = this.#world
    const itemId = chance.pick(this.#itemIds.slice(0, CHANGING))
    if (chance.happens(0.5)) {
      await untilDone(({ uploads }) => uploads.deleteItems([itemId]))
      return
    }
    const upload = this.#world.unique()
    const category = chance.pick(['shoes', 'hats'])
    // Not in each upload: one that begins a life must not have the price of the life before.
    const attributes = { [UPLOAD]: upload, category, ...(upload % 2 === 0 && { price: chance.between(1, 99) }) }
    this.sent.set(upload, attributes)
    await untilDone(({ uploads }) => uploads.upsertItems([{ itemId, attributes }]))
  }

  /** @throws Violation if an event on an item does not count in the item's present life */
  async expectCounted({ store, ingest }: Opened): Promise<void> {
    const values = await store.readValues(this.#itemIds.map((id) => ({ kind: 'item' as const, id })))
    for (const [i, itemId] of this.#itemIds.entries()) {
      const stored = values[i] && readItem(itemId, values[i], () => {})
      const key = keyInLife(itemId, stored?.life ?? 0)
      const row = async () => [...(await store.readRows('item', [key])).data].join()
      const before = await row()
      await ingest.record([{ userId: 'viewer', eventId: itemId, eventType: 'view', itemId }])
      if ((await row()) === before) throw new Violation(`a view of ${itemId} does not count for ${JSON.stringify(key)}`)
    }
  }

  /** @throws Violation if the process does not see the items as they are stored */
  async expectSeen({ store, catalogue }: Opened): Promise<void> {
    const values = await store.readValues(this.#itemIds.map((id) => ({ kind: 'item' as const, id })))
    this.#itemIds.forEach((itemId, i) => {
      const problem = whyOutdated(catalogue, itemId, values[i])
      if (problem !== undefined) throw new Violation(`the catalogue is not up to date with item ${itemId}: ${problem}`)
    })
  }
}
