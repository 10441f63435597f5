import type { Random } from '../random.ts'
import type { ItemTruth, Shop } from './shop.ts'

/** The thing that a shopper looks for: items with this noun, and perhaps one that the shopper has viewed in this visit. */
export type Sought = { readonly noun: string; readonly itemId?: string }

/** A result of the shop's search engine. A higher score fits the query better, by the engine's judgement. */
export type SearchResult = { readonly itemId: string; readonly score: number }

/** The parts of a visit that its searches depend on. */
export type Searching = {
  shop: Shop
  random: Random
  /** Items viewed in the visit, in order. */
  viewed: readonly string[]
  /** Milliseconds since 1970. */
  at: number
}

/** A search of a shopper, with at least one result. */
export type Search = { readonly query: string; readonly sought: Sought; readonly results: readonly SearchResult[] }

/** Results of one search, at most. */
const MOST_RESULTS = 40
/** Share of the searches, after the first view of a visit, that are for an item viewed before. */
const BACK_SHARE = 0.3
/** Items viewed last that a shopper may look for again. */
const REMEMBERED = 4

/**
 * Draws a search, and finds its results as a plain search engine does: it knows the query and how the shop sorts its shelves, but
 * neither the shopper nor how good an item is, and it errs.
 * @param category of an item that was not viewed before
 * @returns undefined if the category is empty
 */
export function drawSearch({ shop, random, viewed, at }: Searching, category: number): Search | undefined {
  const back = viewed.length > 0 && random.chance(BACK_SHARE) ? random.pick(viewed.slice(-REMEMBERED)) : undefined
  const known = back === undefined ? undefined : shop.truthOf(back)
  const onSale = shop.listing(known?.category ?? category).filter((item) => item.arrivesAt <= at)
  if (onSale.length === 0) return undefined
  const item = known ?? onSale[random.zipf(onSale.length)]!
  const brand = random.chance(0.3) ? item.brand : undefined
  return {
    query: brand === undefined ? item.noun : `${shop.brands[brand]} ${item.noun}`,
    sought: { noun: item.noun, ...(known && { itemId: known.itemId }) },
    results: onSale
      .map((found) => ({ itemId: found.itemId, score: relevance(found, item.noun, brand, random) }))
      .sort((left, right) => right.score - left.score)
      .slice(0, MOST_RESULTS),
  }
}

/** The engine's score, to three digits after the point. */
function relevance(item: ItemTruth, noun: string, brand: number | undefined, random: Random): number {
  const fits = 2 * Number(item.noun === noun) + Number(brand !== undefined && item.brand === brand)
  return Math.round(1000 * (fits + 0.3 * item.shelf + random.normal(0, 0.6))) / 1000
}
