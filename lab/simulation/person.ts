import { type Random, runningSums } from '../random.ts'

/** Sizes of people, and of the items that have one, from small to large. */
export const SIZES = ['S', 'M', 'L', 'XL'] as const
/** A size of a person or an item. */
export type Size = (typeof SIZES)[number]

/** Invented cities. Those next to each other, counted in pairs, are equally large. */
export const CITIES = ['Aldermouth', 'Brackenford', 'Coldwater', 'Dunmere', 'Eastholm', 'Fairhaven'] as const
/** Running sums of the shares of the people who live in each city. */
const CITY_SUMS = runningSums([0.25, 0.25, 0.15, 0.15, 0.1, 0.1])

/** Age of the youngest person, in years. */
export const YOUNGEST = 16
/** Age of the oldest person, in years. */
export const OLDEST = 79

/** What a shop may know about a shopper who has not done anything yet: the attributes of an upload. */
export interface Person {
  /** Years, `YOUNGEST` to `OLDEST`. All ages are equally frequent. */
  readonly age: number
  readonly city: (typeof CITIES)[number]
  readonly size: Size
}

/** Draws a person. Its attributes are independent of each other. */
export function drawPerson(random: Random): Person {
  const age = random.integer(YOUNGEST, OLDEST)
  const city = CITIES[random.weighted(CITY_SUMS)]!
  return { age, city, size: random.pick(SIZES) }
}
