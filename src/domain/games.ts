import { chosenTogether } from '../accumulators/chosen-together.ts'
import type { Expiry } from '../accumulators/expiry.ts'
import { itemGoals } from '../accumulators/item-goals.ts'
import { itemPrice } from '../accumulators/item-price.ts'
import { userPrice } from '../accumulators/user-price.ts'
import { chosenTogetherSource } from '../candidates/chosen-together.ts'
import { embeddingSource } from '../candidates/embedding.ts'
import { favouritesSource } from '../candidates/favourites.ts'
import { itemToItemSource } from '../candidates/item-to-item.ts'
import { newItemsSource } from '../candidates/new-items.ts'
import { offlineSource } from '../candidates/offline.ts'
import { recentlySeenSource } from '../candidates/recently-seen.ts'
import { trendingSource } from '../candidates/trending.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Domain } from './domain.ts'
import { NO_EXPERIMENT } from './policy.ts'
import { standardAccumulators } from './standard-accumulators.ts'
import { STANDARD_EVENTS, UNCOUNTED_TRAFFIC } from './standard-events.ts'
import { distanceInput, shareInput, standardExploration } from './standard-exploration.ts'

/** A game is played for months, and a session of it lasts an evening. */
const expiry: Expiry = { user: 180 * DAY, attributes: 365 * DAY, item: 180 * DAY, pair: 90 * DAY, session: 2 * HOUR }

const surfaces = ['home', 'genre', 'game', 'library', 'search']

const favourites = ['category', 'studio', 'mode']

const sources = [
  itemToItemSource(150, expiry.pair),
  trendingSource(80),
  offlineSource(50),
  recentlySeenSource(20, expiry.pair),
  favouritesSource(30, favourites),
  chosenTogetherSource(20),
  embeddingSource(30),
  newItemsSource(30),
]

const surfaceSources = {
  // On the page of a game: what those who play it play, and what is like it.
  game: [
    itemToItemSource(150, expiry.pair),
    chosenTogetherSource(40),
    embeddingSource(50),
    offlineSource(50),
    favouritesSource(30, favourites),
    trendingSource(40),
  ],
}

/** A store or portal of games: look, wish, get, play. */
export const games: Domain = {
  name: 'games',
  eventTypes: {
    ...STANDARD_EVENTS,
    add_to_wishlist: { role: 'cart', weight: 4, goal: false, triggers: true },
    remove_from_wishlist: { role: 'uncart', weight: 0, goal: false, triggers: true },
    // Bought, installed, or begun in the browser: excludePurchased leaves these out.
    get: { role: 'purchase', weight: 6, goal: true, triggers: true },
    play: { role: 'other', weight: 2, goal: true, triggers: true },
    level_up: { role: 'other', weight: 0, goal: false, triggers: false },
    in_game_purchase: { role: 'other', weight: 3, goal: true, triggers: true },
    uninstall: { role: 'other', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 2, goal: false, triggers: true },
    rating: { role: 'other', weight: 1, goal: false, triggers: true },
    share: { role: 'other', weight: 2, goal: false, triggers: true },
  },
  // A category is a genre, or several; a mode is how it is played: alone, together, against others.
  attributes: { category: 'key', studio: 'key', mode: 'key', price: 'number' },
  embedding: 'embedding',
  // Editions of one game.
  variantGroup: 'edition_of',
  surfaces,
  expiry,
  lateness: 7 * DAY,
  limits: {
    traffic: UNCOUNTED_TRAFFIC,
    eventsPerMinute: 1200,
    eventsPerItemAndHour: 90,
  },
  accumulators: standardAccumulators({
    keys: favourites,
    items: [itemGoals, itemPrice],
    users: [userPrice('price')],
    pairs: [chosenTogether],
    surfaces,
    sources,
    surfaceSources,
  }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.01,
  // What is in the library is there to be played.
  exploration: standardExploration(
    [shareInput('pair_studio_share'), shareInput('pair_mode_share'), distanceInput('pair_price_z')],
    ['library'],
  ),
}
