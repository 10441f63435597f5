import { Random, runningSums } from '../random.ts'
import { SIZES, type Size } from './person.ts'
import { ADJECTIVES, BRANDS, CATEGORIES, type CategoryVocabulary } from './vocabulary.ts'

/** A line of the catalogue, in the shape of the API's ItemInput: what the shop tells the service about an item. */
export type SimulatedItem = {
  itemId: string
  attributes: { title: string; category: string; brand: string; price: number; size?: Size }
}

/** A passing demand: it rises from nothing at `startsAt`, is `strength` half way, and is gone at `endsAt`. */
export type Burst = { startsAt: number; endsAt: number; strength: number }

/** The true properties of an item, which the service does not know. */
export type ItemTruth = {
  itemId: string
  /** Index into `Shop.categories`. */
  category: number
  /** Index into `Shop.brands`. */
  brand: number
  price: number
  /** Natural logarithm of the price over the median price of its category. */
  priceLevel: number
  /** Appeal to everyone, standard normal. */
  quality: number
  /** Appeal to those of the same style: a vector of `STYLE_DIMENSIONS` numbers around 0. */
  style: Float64Array
  /** Items of other categories that are bought together with it. The relation holds both ways. */
  complements: ReadonlySet<string>
  consumable: boolean
  /** Milliseconds since 1970: before this nobody can see it. */
  arrivesAt: number
  bursts: readonly Burst[]
  /** The noun of its title, which is what is searched for. */
  noun: string
  /** The shop's own order of its listings: higher stands first. */
  shelf: number
  /** The size that the item fits. Undefined for items without a size. */
  size: Size | undefined
}

/** A made-up shop: a catalogue as a service would be sent it, and beside it the truth that judges may look at. */
export type Shop = {
  seed: number
  startsAt: number
  categories: readonly string[]
  brands: readonly string[]
  items: readonly SimulatedItem[]
  /** True properties of the items, in the order of `items`. */
  truth: readonly ItemTruth[]
  /** Undefined for an item that the shop does not sell. */
  truthOf(itemId: string): ItemTruth | undefined
  /** Items of a category in the order of the shop's own listings. */
  listing(category: number): readonly ItemTruth[]
}

export type ShopOptions = {
  seed: number
  /** Milliseconds since 1970. */
  startsAt: number
  /** 400 by default. */
  items?: number
  /** 12 by default, 16 at most. */
  categories?: number
  /** Days from `startsAt` over which new items arrive and demand comes and goes; 14 by default. */
  days?: number
  /** Whether items of categories that are worn have a size; not by default. The rest of the shop is the same with and without. */
  hasSizes?: boolean
}

/** Length of the vectors that stand for the style of an item and the taste of a shopper. */
export const STYLE_DIMENSIONS = 4
/** 24 hours, in ms. */
export const DAY_MS = 86_400_000

const LATE_SHARE = 0.2
const COMPLEMENTS_PER_ITEM = 3

/** Makes a shop. The catalogue depends on the seed and the counts alone, not on the time. */
export function createShop({
  seed,
  startsAt,
  items: itemCount = 400,
  categories: categoryCount = 12,
  days = 14,
  hasSizes = false,
}: ShopOptions): Shop {
  if (!Number.isInteger(categoryCount) || categoryCount < 1 || categoryCount > CATEGORIES.length) {
    throw new RangeError(`A simulated shop has 1 to ${CATEGORIES.length} categories, not ${categoryCount}.`)
  }
  if (!Number.isInteger(itemCount) || itemCount < 1) {
    throw new RangeError(`A simulated shop has at least one item, not ${itemCount}.`)
  }
  const random = new Random(seed, 'shop')
  const sizes = new Random(seed, 'sizes')
  const vocabulary = CATEGORIES.slice(0, categoryCount)
  const brandStyles = BRANDS.map(() => style(random, 0.6))
  const brandPrices = BRANDS.map(() => random.normal(0, 0.25))
  const categoryBrands = vocabulary.map(() => random.shuffle([...BRANDS.keys()]).slice(0, 8))
  const categoryBursts = vocabulary.map(() => (random.chance(0.5) ? [burst(random, startsAt, days, 3, 6, 0.7)] : []))
  const categorySizes = runningSums(vocabulary.map(() => random.uniform(0.6, 1.4)))
  const titles = new Set<string>()
  const items: SimulatedItem[] = []
  const truth: (ItemTruth & { complements: Set<string> })[] = []

  for (let index = 0; index < itemCount; index++) {
    // The first of each category is there whatever the draw, so that no category is empty.
    const category = index < categoryCount ? index : random.weighted(categorySizes)
    const words = vocabulary[category]!
    const brand = categoryBrands[category]![random.zipf(8)]!
    const noun = random.pick(words.nouns)
    const price = shelfPrice(words.medianPrice * Math.exp(brandPrices[brand]! + random.normal(0, words.priceSpread)))
    const quality = random.normal()
    const itemId = `item-${String(index + 1).padStart(4, '0')}`
    const title = uniqueTitle(random, words, noun, titles)
    const size = hasSizes && words.worn ? sizes.pick(SIZES) : undefined
    items.push({ itemId, attributes: { title, category: words.name, brand: BRANDS[brand]!, price, ...(size && { size }) } })
    truth.push({
      itemId,
      category,
      brand,
      price,
      priceLevel: Math.log(price / words.medianPrice),
      quality,
      style: style(random, 0.6).map((value, dimension) => value + brandStyles[brand]![dimension]!),
      complements: new Set(),
      consumable: words.consumable,
      arrivesAt: index >= categoryCount && random.chance(LATE_SHARE) ? startsAt + random.integer(0, days * DAY_MS - 1) : startsAt,
      bursts: random.chance(0.08)
        ? [...categoryBursts[category]!, burst(random, startsAt, days, 1, 3, 1.2)]
        : categoryBursts[category]!,
      noun,
      shelf: 0.5 * quality + random.normal(),
      size,
    })
  }

  const listings = vocabulary.map((_, category) =>
    truth.filter((item) => item.category === category).sort((left, right) => right.shelf - left.shelf),
  )
  joinComplements(random, truth, vocabulary, listings)
  const byId = new Map(truth.map((item) => [item.itemId, item]))
  return {
    seed,
    startsAt,
    categories: vocabulary.map(({ name }) => name),
    brands: BRANDS,
    items,
    truth,
    truthOf: (itemId) => byId.get(itemId),
    listing: (category) => listings[category]!,
  }
}

/** Returns what passing demand adds to an item's appeal at a moment, in log odds; 0 or more. */
export function trend(item: ItemTruth, at: number): number {
  let sum = 0
  for (const { startsAt, endsAt, strength } of item.bursts) {
    if (at > startsAt && at < endsAt) sum += strength * Math.sin((Math.PI * (at - startsAt)) / (endsAt - startsAt))
  }
  return sum
}

function style(random: Random, deviation: number): Float64Array {
  return Float64Array.from({ length: STYLE_DIMENSIONS }, () => random.normal(0, deviation))
}

function burst(random: Random, startsAt: number, days: number, shortest: number, longest: number, strength: number): Burst {
  const from = startsAt + random.uniform(-1, days) * DAY_MS
  return {
    startsAt: from,
    endsAt: from + random.uniform(shortest, longest) * DAY_MS,
    strength: strength * random.uniform(0.6, 1.4),
  }
}

/** 61.3 becomes 60.95: prices as they stand in shops, in steps of one. */
function shelfPrice(price: number): number {
  return Math.max(1, Math.round(price)) - 0.05
}

function uniqueTitle(random: Random, words: CategoryVocabulary, noun: string, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const title = `${random.pick(ADJECTIVES)} ${random.pick(words.materials)} ${noun}`
    const numbered = attempt < 20 ? title : `${title} No. ${taken.size + 1}`
    if (!taken.has(numbered)) {
      taken.add(numbered)
      return numbered
    }
  }
}

/** Joins each item to those nearest in style among a few of the categories that go with its own. */
function joinComplements(
  random: Random,
  truth: readonly (ItemTruth & { complements: Set<string> })[],
  vocabulary: readonly CategoryVocabulary[],
  listings: readonly (readonly ItemTruth[])[],
): void {
  const byId = new Map(truth.map((item) => [item.itemId, item]))
  for (const item of truth) {
    const partners = vocabulary.flatMap(({ name }, category) =>
      vocabulary[item.category]!.goesWith.includes(name) ? listings[category]! : [],
    )
    const sample = random.shuffle(partners).slice(0, 4 * COMPLEMENTS_PER_ITEM)
    sample.sort((left, right) => dot(item.style, right.style) - dot(item.style, left.style))
    for (const { itemId } of sample.slice(0, COMPLEMENTS_PER_ITEM)) {
      item.complements.add(itemId)
      byId.get(itemId)!.complements.add(item.itemId)
    }
  }
}

/** Returns the scalar product of two vectors of the same length. */
export function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!
  return sum
}
