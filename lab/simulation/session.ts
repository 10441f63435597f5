import { Random } from '../random.ts'
import { drawFocus } from './focus.ts'
import type { Sought } from './search-engine.ts'
import type { Shop } from './shop.ts'
import type { AppealContext, Shopper } from './shopper.ts'
import type { Memory } from './shopper-memory.ts'

/** A visit of a shopper. `at`, `focus`, `wanted`, `viewed`, `sought` and `pagesLeft` change during the visit. */
export type Session = AppealContext & {
  readonly shop: Shop
  readonly sessionId: string
  readonly random: Random
  readonly focus: Set<number>
  readonly wanted: Set<string>
  /** Items viewed in this visit, in order. */
  readonly viewed: string[]
  sought: Sought | undefined
  /** To look around, or to buy what was put in the cart on an earlier visit. */
  readonly purpose: 'browse' | 'checkout'
  /** See `SessionOptions`. */
  readonly listings: number
  /** See `SessionOptions`. */
  readonly ranksSearches: boolean
  /** The moment of the simulation, in milliseconds since 1970; a whole number. */
  at: number
  /** Pages that the shopper still has patience for. */
  pagesLeft: number
}

export type SessionOptions = {
  shop: Shop
  shopper: Shopper
  memory: Memory
  seed: number
  /** 1 for the first visit of this shopper in this simulation. */
  visit: number
  /** Start of the visit, in ms since 1970. */
  at: number
  /** Share, 0 to 1, of their searches and listings that shoppers make; a slate takes the place of the others, as in a feed. 1 by default. */
  listings?: number
  /** Whether the recommender ranks the results of searches. Otherwise, the shop shows them without it, and reports no impressions. */
  ranksSearches?: boolean
  /** Put before the session id, so that the events of one run are not taken for repeats of another's. */
  run?: string
}

/** Opens a visit: what it is about and how long it may last are drawn here, from the seed, the shopper and the visit alone. */
export function openSession(options: SessionOptions): Session {
  const { shop, shopper, memory, seed, visit, at, run, listings = 1, ranksSearches = false } = options
  const random = new Random(seed, 'session', shopper.userId, visit)
  const focus = drawFocus(shopper.categorySums, random)
  const purpose = memory.returnsAt !== undefined && memory.returnsAt <= at ? 'checkout' : 'browse'
  const bounces = purpose === 'checkout' || random.chance(0.2)
  return {
    shop,
    sessionId: `${run === undefined ? '' : `${run}-`}${shopper.userId}-s${visit}`,
    random,
    memory,
    focus,
    wanted: new Set(),
    viewed: [],
    sought: undefined,
    purpose,
    listings,
    ranksSearches,
    at: Math.ceil(at),
    pagesLeft: bounces ? 1 : 2 + Math.floor(random.exponential(4 * shopper.patience)),
  }
}
