import { Random } from '../random.ts'
import { CITIES, OLDEST, type Person, SIZES, type Size, YOUNGEST } from './person.ts'

/**
 * Tastes that can be planted. `age` draws people to some categories, `city` to some brands, and `size` to items of their own size.
 * `age_city` draws people to categories by both attributes together: age alone and city alone say nothing about it.
 */
export const TASTES = ['age', 'city', 'size', 'age_city'] as const
/** Name of a taste that can be planted. */
export type TasteName = (typeof TASTES)[number]

/** Which tastes are planted, and for which shop. */
export interface PlantedTastesOptions {
  readonly seed: number
  /** Names of the shop's categories. */
  readonly categories: readonly string[]
  /** Names of the shop's brands. */
  readonly brands: readonly string[]
  readonly tastes: readonly TasteName[]
  /** Log odds by which each taste raises or lowers the liking of an item, about. */
  readonly strength: number
}

/** What the attributes of a person add to the liking of items, in log odds. */
export interface PersonTaste {
  /** Per category of the shop. */
  readonly categories: Float64Array
  /** Per brand of the shop. */
  readonly brands: Float64Array
  /** The size that fits. Undefined: people do not care about sizes. */
  readonly size: Size | undefined
  /** Added where the size of an item fits. */
  readonly fitting: number
  /** Added where an item has another size. */
  readonly misfitting: number
}

/** Tastes that depend on attributes of people. Seeded and constant. */
export interface PlantedTastes {
  /** Depends on nothing but the person. */
  tasteOf(person: Person): PersonTaste
}

/** Distance in years from the age that likes a category most, at which people like and dislike it equally. */
const HALF_WAY = 16
/** From this age on, people are older in the sense of `age_city`: half of them. */
const OLDER = (YOUNGEST + OLDEST + 1) / 2
/** Most that a city adds for a brand, as a multiple of the strength. */
const CITY_BOUND = 2

/** Plants tastes. Each is drawn from the seed alone, so that it is the same whatever is planted beside it. */
export function plantTastes({ seed, categories, brands, tastes, strength }: PlantedTastesOptions): PlantedTastes {
  const random = (name: TasteName) => new Random(seed, 'taste', name)
  const ages = peakAges(random('age'), categories.length)
  const ofCities = cityTastes(random('city'), brands.length)
  const signs = random('age_city').shuffle(categories.map((_, index) => (index % 2 === 0 ? 1 : -1)))
  const has = (name: TasteName) => tastes.includes(name)
  return {
    tasteOf: ({ age, city, size }) => {
      const place = CITIES.indexOf(city)
      // Of each pair of cities with the same share, one has each sign: so neither age nor city alone says anything.
      const sign = (age >= OLDER ? 1 : -1) * (place % 2 === 0 ? 1 : -1)
      const ofCategory = (category: number) =>
        (has('age') ? 1 - Math.min(2, Math.abs(age - ages[category]!) / HALF_WAY) : 0) +
        (has('age_city') ? sign * signs[category]! : 0)
      return {
        categories: Float64Array.from(categories, (_, category) => strength * ofCategory(category)),
        brands: Float64Array.from(brands, (_, brand) => (has('city') ? strength * ofCities[place]![brand]! : 0)),
        size: has('size') ? size : undefined,
        // The mean over all sizes is 0.
        fitting: 1.5 * strength,
        misfitting: (-1.5 * strength) / (SIZES.length - 1),
      }
    },
  }
}

/** For each category the age that likes it most: evenly spread, in a random order. */
function peakAges(random: Random, count: number): number[] {
  const step = (OLDEST - YOUNGEST) / Math.max(1, count - 1)
  return random.shuffle(Array.from({ length: count }, (_, index) => YOUNGEST + index * step))
}

/** For each city and brand a liking around 0; the mean over the cities is 0 too, so that no brand is more popular for it. */
function cityTastes(random: Random, brands: number): Float64Array[] {
  const drawn = CITIES.map(() => Float64Array.from({ length: brands }, () => random.normal()))
  const mean = (brand: number) => drawn.reduce((sum, likings) => sum + likings[brand]!, 0) / drawn.length
  const means = Float64Array.from({ length: brands }, (_, brand) => mean(brand))
  return drawn.map((likings) =>
    likings.map((liking, brand) => Math.max(-CITY_BOUND, Math.min(CITY_BOUND, liking - means[brand]!))),
  )
}
