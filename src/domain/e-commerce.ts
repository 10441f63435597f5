import { chosenTogether } from '../accumulators/chosen-together.ts'
import { DEFAULT_EXPIRY } from '../accumulators/expiry.ts'
import { itemClickRate } from '../accumulators/item-click-rate.ts'
import { itemConversion } from '../accumulators/item-conversion.ts'
import { itemPopularity } from '../accumulators/item-popularity.ts'
import { itemPrice } from '../accumulators/item-price.ts'
import { itemToItem } from '../accumulators/item-to-item.ts'
import { userPrice } from '../accumulators/user-price.ts'
import { chosenTogetherSource } from '../candidates/chosen-together.ts'
import { embeddingSource } from '../candidates/embedding.ts'
import { favouritesSource } from '../candidates/favourites.ts'
import { itemToItemSource } from '../candidates/item-to-item.ts'
import { offlineSource } from '../candidates/offline.ts'
import { recentlySeenSource } from '../candidates/recently-seen.ts'
import { trendingSource } from '../candidates/trending.ts'
import { DAY } from '../time-units.ts'
import type { Domain } from './domain.ts'
import { NO_EXPERIMENT } from './policy.ts'
import { standardAccumulators } from './standard-accumulators.ts'
import { STANDARD_EVENTS, UNCOUNTED_TRAFFIC } from './standard-events.ts'
import { shareInput, standardExploration } from './standard-exploration.ts'

const surfaces = ['home', 'category', 'item_page', 'cart', 'search']

const favourites = ['category', 'brand']

const sources = [
  itemToItemSource(150, DEFAULT_EXPIRY.pair),
  trendingSource(80),
  offlineSource(50),
  recentlySeenSource(20, DEFAULT_EXPIRY.pair),
  favouritesSource(20, favourites),
  chosenTogetherSource(20),
  embeddingSource(20),
]

const surfaceSources = {
  // What goes with the basket, and no substitutes for what is in it.
  cart: [
    chosenTogetherSource(100),
    trendingSource(60),
    offlineSource(50),
    favouritesSource(40, favourites),
    recentlySeenSource(20, DEFAULT_EXPIRY.pair),
  ],
  // Both: what others look at or choose beside this item, and what is like it.
  item_page: [
    itemToItemSource(150, DEFAULT_EXPIRY.pair),
    chosenTogetherSource(40),
    embeddingSource(40),
    trendingSource(40),
    offlineSource(50),
    recentlySeenSource(20, DEFAULT_EXPIRY.pair),
  ],
}

const features = [itemPopularity, itemClickRate, itemConversion, itemToItem].flatMap(({ features }) => features)
const compared = new Set([
  'item_popularity_1h',
  'item_popularity_1d',
  'item_popularity_7d',
  'item_ctr_7d',
  'item_coec_7d',
  'item_cart_rate_7d',
  'item_purchase_rate_7d',
  'session_item_cf_max',
  'session_item_cf_mean',
  'session_item_cf_last',
])

/** A shop: the default. */
export const eCommerce: Domain = {
  name: 'e-commerce',
  eventTypes: {
    ...STANDARD_EVENTS,
    add_to_cart: { role: 'cart', weight: 6, goal: false, triggers: true },
    remove_from_cart: { role: 'uncart', weight: 0, goal: false, triggers: true },
    purchase: { role: 'purchase', weight: 3, goal: true, triggers: true },
    like: { role: 'other', weight: 2, goal: false, triggers: true },
    bookmark: { role: 'cart', weight: 3, goal: false, triggers: true },
    comment: { role: 'other', weight: 2, goal: false, triggers: true },
    follow: { role: 'other', weight: 2, goal: false, triggers: true },
    share: { role: 'other', weight: 2, goal: false, triggers: true },
    rating: { role: 'other', weight: 1, goal: false, triggers: true },
  },
  attributes: { category: 'key', brand: 'key', price: 'number' },
  embedding: 'embedding',
  variantGroup: 'item_group_id',
  surfaces,
  expiry: DEFAULT_EXPIRY,
  lateness: 7 * DAY,
  limits: {
    traffic: UNCOUNTED_TRAFFIC,
    eventsPerMinute: 1200,
    eventsPerItemAndHour: 30,
  },
  accumulators: standardAccumulators({
    keys: favourites,
    items: [
      // Of which a price is one more.
      itemPrice,
    ],
    users: [userPrice('price')],
    pairs: [chosenTogether],
    surfaces,
    sources,
    surfaceSources,
    compared: features.filter(({ name }) => compared.has(name)),
  }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.01,
  // A slate beside an item or in the cart is short, and goes with what is there.
  exploration: standardExploration([shareInput('pair_brand_share')], ['item_page', 'cart']),
}
