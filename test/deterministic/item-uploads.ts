import type { JsonObject } from '../../src/state/user-value.ts'
import { UPLOAD } from './item-oracle.ts'
import type { SimulatedService } from './simulated-process.ts'
import type { World } from './world.ts'

export const ITEMS = ['i1', 'i2', 'i3', 'an item 🎩']
/** So few items change in runs with lives that some of them begin several. */
const CHANGING = ITEMS.slice(0, 2)

interface Change {
  readonly itemId: string
  readonly category: string | null
  readonly price: number
  readonly available: boolean | null
}

/** A shop that uploads items, and in runs with lives deletes them and adds them again. It waits for no answer. */
export class ItemUploads {
  /** Attributes as they were sent, by the number of the upload. */
  readonly sent = new Map<number, JsonObject>()
  readonly #world: World
  readonly #services: () => readonly SimulatedService[]

  constructor(world: World, services: () => readonly SimulatedService[]) {
    this.#world = world
    this.#services = services
  }

  upload(): void {
    const { chance } = this.#world
    const [category, price] = [chance.pick(['shoes', 'hats', null]), chance.between(1, 99)]
    this.#add({ itemId: chance.pick(ITEMS), category, price, available: chance.pick([true, false, null]) })
  }

  /** Deletes an item, or adds it, or changes it. */
  change(): void {
    const { chance } = this.#world
    const itemId = chance.pick(CHANGING)
    if (chance.happens(0.5)) this.#delete(itemId)
    else this.#add({ itemId, category: chance.pick(['shoes', 'hats']), price: chance.between(1, 99), available: true })
  }

  #add({ itemId, category, price, available }: Change): void {
    const number = this.#world.unique()
    // Not in each upload: one that begins a life must not have the price of the life before.
    const priced = number % 2 === 0 && { price }
    this.sent.set(number, { [UPLOAD]: number, ...(category !== null && { category }), ...priced })
    this.#world.note(`add ${itemId}`, [String(number)])
    const attributes = { [UPLOAD]: number, category, ...priced }
    const input = [{ itemId, attributes, available }]
    this.#world.chance.pick(this.#services()).ask(({ uploads }) => uploads.upsertItems(input), noAnswer)
  }

  #delete(itemId: string): void {
    this.#world.note(`delete ${itemId}`)
    this.#world.chance.pick(this.#services()).ask(({ uploads }) => uploads.deleteItems([itemId]), noAnswer)
  }
}

function noAnswer(): void {}
