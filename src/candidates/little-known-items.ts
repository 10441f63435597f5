import { ATTRIBUTE_FIGURES, ITEM_FIGURES, plainRate, SHOP_CLICKS } from '../accumulators/decayed-figures.ts'
import { SharedRows } from '../accumulators/feature-input.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { hashedChance } from '../random.ts'
import type { Expiry } from '../state/expiry.ts'
import { SHOP, type SlotLayout } from '../state/slots.ts'
import type { StateStore } from '../state/store.ts'
import { DAY, SECOND } from '../time-units.ts'

/** Name of the source of an item that exploration drew, as `sources` of the item gives it. */
export const EXPLORATION = 'exploration'

/** How many items are looked at, and how many of them are held: of the latest uploads, and of a stretch of the others. */
const LATEST = { looked: 300, held: 60 }
const OTHERS = { looked: 300, held: 30 }
/** A stretch stays for so long, so that its items become known rather than many be shown once. */
const STRETCH = DAY
/** How old what is held may be, in ms. */
const HELD_FOR = 10 * SECOND

export interface LittleKnownParts {
  readonly store: StateStore
  readonly catalogue: Catalogue
  readonly layout: SlotLayout
  readonly expiry: Expiry
  /**
   * Number of clicks that an average item would have got from the item's impressions. An item is little known until it reaches this
   * number. In a shop without impressions, it is little known until it has as many views and clicks.
   */
  readonly knownAfterClicks: number
}

/**
 * The source of exploration slots: available items with few impressions. Two of the latest items alternate with one item of a
 * stretch of the catalogue; each day uses a different stretch. The list is the same for all users, so that their slots make the
 * same items known. It is read again after 10 seconds.
 */
export class LittleKnownItems {
  readonly #parts: LittleKnownParts
  #held: { readonly at: number; readonly itemIds: Promise<readonly string[]> } | undefined

  constructor(parts: LittleKnownParts) {
    this.#parts = parts
  }

  /** Returns at most 90 item ids. @throws UnavailableError if the store does not answer */
  at(now: number): Promise<readonly string[]> {
    if (this.#held && now - this.#held.at <= HELD_FOR) return this.#held.itemIds
    const held = { at: now, itemIds: this.#read(now) }
    this.#held = held
    held.itemIds.catch(() => {
      if (this.#held === held) this.#held = undefined
    })
    return held.itemIds
  }

  async #read(now: number): Promise<readonly string[]> {
    const { store, catalogue, layout, expiry, knownAfterClicks } = this.#parts
    const latest: string[] = []
    for (const { itemId, available } of catalogue.newest()) {
      if (available) latest.push(itemId)
      if (latest.length === LATEST.looked) break
    }
    const others = stretch(catalogue.itemIds, Math.floor(now / STRETCH)).filter((itemId) => !latest.includes(itemId))
    const itemIds = [...latest, ...others]
    const [itemBlock, shopBlock] = await Promise.all([
      catalogue.lives.readRows(store, itemIds),
      store.readRows('attribute', [SHOP]),
    ])
    const shop = new SharedRows(layout, 'attribute', shopBlock, now, expiry.item)
    const clicks = clicksToKnow(new SharedRows(layout, 'item', itemBlock, now, expiry.item), shop)
    const little = itemIds
      .map((itemId, row) => ({ itemId, row }))
      .filter(({ itemId, row }) => catalogue.recommendable(itemId) && clicks(row) < knownAfterClicks)
    const ids = little.map(({ itemId }) => itemId)
    const split = little.filter(({ row }) => row < latest.length).length
    return twoThenOne(ids.slice(0, Math.min(split, LATEST.held)), ids.slice(split, split + OTHERS.held))
  }
}

/**
 * Returns by item how much is known of it, in clicks. All clicks of the shop count, whether they follow from an impression or not: an
 * item that users have seen is known, also where clicks cannot be attributed to impressions. An impression brings one click at most.
 */
function clicksToKnow(items: SharedRows, shop: SharedRows): (row: number) => number {
  const perImpression = Math.min(1, plainRate(shop, 0, SHOP_CLICKS, ATTRIBUTE_FIGURES.impressions7d))
  if (Number.isNaN(perImpression)) return items.decayed(ITEM_FIGURES.views7d)
  const impressions = items.decayed(ITEM_FIGURES.impressions7d)
  return (row) => impressions(row) * perImpression
}

/** Some of the ids that stand together, from a place that the number of the stretch decides. */
function stretch(itemIds: readonly string[], number: number): string[] {
  const start = Math.floor(hashedChance(`stretch\0${number}`) * itemIds.length)
  return [...itemIds.slice(start), ...itemIds.slice(0, start)].slice(0, OTHERS.looked)
}

function twoThenOne(two: readonly string[], one: readonly string[]): string[] {
  const merged: string[] = []
  for (let i = 0; i < Math.max(two.length / 2, one.length); i++)
    merged.push(...two.slice(2 * i, 2 * i + 2), ...one.slice(i, i + 1))
  return merged
}
