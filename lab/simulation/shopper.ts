import { Random, runningSums } from '../random.ts'
import type { Device } from './examination.ts'
import { IN_FOCUS, OUT_OF_FOCUS } from './focus.ts'
import { drawPerson, type Person } from './person.ts'
import type { PersonTaste, PlantedTastes } from './planted-tastes.ts'
import type { Sought } from './search-engine.ts'
import { DAY_MS, dot, type ItemTruth, type Shop, STYLE_DIMENSIONS, trend } from './shop.ts'
import { type Memory, timesShown } from './shopper-memory.ts'

/** A shopper's tastes and habits, all of them true and constant. What a shopper remembers is kept apart, in `Memory`. */
export type Shopper = {
  userId: string
  device: Device
  /** Probabilities over the shop's categories: a few favourites and a little of everything. */
  categories: Float64Array
  /** Running sums of `categories`, to draw from. */
  categorySums: Float64Array
  /** Per brand of the shop, in log odds; around 0. */
  brands: Float64Array
  /** Preferred price level: the natural logarithm of the price over the median of a category. */
  priceLevel: number
  /** `STYLE_DIMENSIONS` numbers: liked styles point the same way. */
  style: Float64Array
  /** Around 1: attention falls with position as the power `1 / patience` of the usual. */
  patience: number
  /** Share of an item's appeal that is lost with each impression without a click, 0 to 1. */
  fatigue: number
  /** Buys consumables again. */
  rebuys: boolean
  visitsPerDay: number
  /** Hour of the day (UTC, 0 to 24) around which most visits fall. */
  peakHour: number
  /** Milliseconds since 1970: not seen before. */
  joinsAt: number
  /** What the shop knows about the shopper from the start. Undefined where no tastes are planted. */
  person?: Person
  /** What the attributes of the shopper add to the liking of items. */
  planted?: PersonTaste
}

export type ShoppersOptions = {
  seed: number
  count: number
  /** Days from the shop's start over which new shoppers come; 14 by default. */
  days?: number
  /** Tastes that depend on attributes. With them, each shopper gets attributes; the rest of each shopper is the same. */
  planted?: PlantedTastes
}

const NEWCOMER_SHARE = 0.3

/** Makes shoppers for a shop; the n-th is the same whatever the count. */
export function createShoppers(shop: Shop, { seed, count, days = 14, planted }: ShoppersOptions): Shopper[] {
  return Array.from({ length: count }, (_, index) => {
    const shopper = createShopper(shop, new Random(seed, 'shopper', index), index, days)
    return planted ? asPerson(shopper, drawPerson(new Random(seed, 'person', index)), planted) : shopper
  })
}

/** Returns a shopper as someone with these attributes, with the tastes that they bring. All else stays. */
export function asPerson(shopper: Shopper, person: Person, { tasteOf }: PlantedTastes): Shopper {
  const planted = tasteOf(person)
  const weights = shopper.categories.map((share, category) => share * Math.exp(planted.categories[category]!))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const categories = weights.map((weight) => weight / sum)
  return { ...shopper, categories, categorySums: runningSums(categories), person, planted }
}

/** What a shop tells a service about a shopper, in the shape of the API's UserInput. */
export type SimulatedUser = { userId: string; attributes: Readonly<Record<string, string | number>> }

/** Returns what the shop knows about its shoppers from the start; nothing about those without attributes. */
export function knownUsers(shoppers: readonly Shopper[]): SimulatedUser[] {
  return shoppers.flatMap(({ userId, person }) => (person ? [{ userId, attributes: { ...person } }] : []))
}

function createShopper(shop: Shop, random: Random, index: number, days: number): Shopper {
  // Cubes of exponentials: as lopsided as a Dirichlet draw with a small concentration.
  const raw = shop.categories.map(() => random.exponential() ** 3)
  const sum = raw.reduce((total, weight) => total + weight, 0)
  const categories = Float64Array.from(raw, (weight) => (0.92 * weight) / sum + 0.08 / raw.length)
  return {
    userId: `shopper-${String(index + 1).padStart(5, '0')}`,
    device: random.pick(['phone', 'phone', 'phone', 'tablet', 'desktop', 'desktop']),
    categories,
    categorySums: runningSums(categories),
    brands: Float64Array.from(shop.brands, () => random.normal(0, 0.6)),
    priceLevel: random.normal(0, 0.45),
    style: Float64Array.from({ length: STYLE_DIMENSIONS }, () => random.normal(0, 0.6)),
    patience: random.uniform(0.6, 1.6),
    fatigue: random.uniform(0.05, 0.25),
    rebuys: random.chance(0.5),
    visitsPerDay: Math.min(4, random.logNormal(0.25, 0.8)),
    peakHour: (20 + random.normal(0, 3)) % 24,
    joinsAt: random.chance(NEWCOMER_SHARE) ? shop.startsAt + random.uniform(0, days) * DAY_MS : shop.startsAt,
  }
}

/** The parts of a session that the appeal of an item depends on. */
export type AppealContext = {
  /** The categories that the session is about, by index. */
  focus: ReadonlySet<number>
  /** Items that go with what was put in the cart in this session. */
  wanted: ReadonlySet<string>
  /** The thing that the shopper searches for at this moment. */
  sought?: Sought | undefined
  memory: Memory
  /** Milliseconds since 1970. */
  at: number
}

/**
 * Returns the true probability, 0 to 1, that a shopper who looks at an item clicks it at this moment of the session. A click
 * depends on nothing else but whether the shopper looks at the item (see `examination`).
 */
export function appeal(shopper: Shopper, item: ItemTruth, session: AppealContext): number {
  const { memory, at } = session
  let odds = taste(shopper, item) + trend(item, at)
  if (session.wanted.has(item.itemId)) odds += 1.6
  else odds += session.focus.has(item.category) ? IN_FOCUS : OUT_OF_FOCUS
  if (session.sought !== undefined) {
    odds += item.noun === session.sought.noun ? 1 : -1
    if (item.itemId === session.sought.itemId) odds += 2.5
  }
  let share = (1 - shopper.fatigue) ** timesShown(memory.shown.get(item.itemId), at)
  if (memory.owned.has(item.itemId)) share *= shopper.rebuys && item.consumable ? 1.2 : 0.1
  return Math.min(1, share / (1 + Math.exp(-odds)))
}

/**
 * Returns how much a shopper likes an item on an ordinary day, in log odds. A recommender that knows only the past can at best
 * know this.
 */
export function taste(shopper: Shopper, item: ItemTruth): number {
  const category = Math.log(shopper.categories[item.category]! * shopper.categories.length)
  const price = (item.priceLevel - shopper.priceLevel) / 0.6
  return (
    -3.2 +
    0.5 * item.quality +
    0.6 * Math.min(2, category) +
    shopper.brands[item.brand]! -
    Math.min(2, 0.4 * price * price) +
    dot(shopper.style, item.style) +
    plantedTaste(shopper, item)
  )
}

function plantedTaste({ planted }: Shopper, { category, brand, size }: ItemTruth): number {
  if (planted === undefined) return 0
  const fit = planted.size === undefined || size === undefined ? 0 : size === planted.size ? planted.fitting : planted.misfitting
  return planted.categories[category]! + planted.brands[brand]! + fit
}
