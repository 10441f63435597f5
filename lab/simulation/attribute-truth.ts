import { examination, SLATE_LENGTH } from './examination.ts'
import { focusChance, IN_FOCUS, OUT_OF_FOCUS } from './focus.ts'
import type { Person } from './person.ts'
import type { PlantedTastes } from './planted-tastes.ts'
import { type ItemTruth, type Shop, trend } from './shop.ts'
import { asPerson, createShoppers, type Shopper, taste } from './shopper.ts'

/** By item that is on sale: the probability, 0 to 1, that someone who looks at it clicks it. */
export type Appeals = ReadonlyMap<string, number>

/** Shoppers whose other tastes stand for those that attributes do not tell. */
export const STAND_INS = 200

/**
 * Makes a function that returns the true appeal of items to people of whom nothing but their attributes is known. It is the mean
 * over many shoppers who differ in everything else. These shoppers are the same for all attributes, so that people differ by
 * attributes alone.
 * @param at the moment at which the people look, in ms since 1970
 * @param standIns number of shoppers over whom to take the mean
 */
export function attributeTruth(
  shop: Shop,
  planted: PlantedTastes,
  at: number,
  standIns = STAND_INS,
): (person: Person) => Appeals {
  const others = createShoppers(shop, { seed: shop.seed + 1_000_003, count: standIns })
  const onSale = shop.truth.filter(({ arrivesAt }) => arrivesAt <= at)
  return (person) => {
    const shoppers = others.map((shopper) => asPerson(shopper, person, planted))
    const meanOf = (item: ItemTruth) => shoppers.reduce((sum, shopper) => sum + firstAppeal(shopper, item, at), 0) / standIns
    return new Map(onSale.map((item) => [item.itemId, meanOf(item)]))
  }
}

/**
 * Returns the true probability, 0 to 1, that a shopper who looks at an item on the first page of the first visit clicks it. It is the
 * mean over all categories that the visit may be about.
 */
export function firstAppeal(shopper: Shopper, item: ItemTruth, at: number): number {
  const odds = taste(shopper, item) + trend(item, at)
  const inFocus = focusChance(shopper.categories[item.category]!)
  return inFocus / (1 + Math.exp(-odds - IN_FOCUS)) + (1 - inFocus) / (1 + Math.exp(-odds - OUT_OF_FOCUS))
}

/** Returns the mean appeal of each item to several people. */
export function meanAppeals(people: readonly Appeals[]): Appeals {
  const [first = new Map<string, number>()] = people
  return new Map(
    [...first.keys()].map((itemId) => [itemId, people.reduce((sum, appeals) => sum + appeals.get(itemId)!, 0) / people.length]),
  )
}

/** Returns the home page that brings the most clicks: the items with the highest appeal, best first. */
export function bestHomePage(appeals: Appeals): string[] {
  const ranked = [...appeals].sort(([, left], [, right]) => right - left)
  return ranked.slice(0, SLATE_LENGTH.home).map(([itemId]) => itemId)
}

/** Returns the clicks that a home page is worth if all of it comes on screen. An item that is not on sale is worth nothing. */
export function homePageGain(appeals: Appeals, itemIds: readonly string[]): number {
  return itemIds.reduce((sum, itemId, index) => sum + examination('home', index + 1, 1) * (appeals.get(itemId) ?? 0), 0)
}
