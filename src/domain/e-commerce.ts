import { IGNORED, LAST_ITEM, RATING, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

const BOUGHT = { types: ['purchase'] }

/** The built-in domain of a shop. It is the default. */
export const eCommerce = extendDomain(STANDARD, {
  name: 'e-commerce',
  eventTypes: {
    add_to_cart: { role: 'cart', weight: 6, goal: false, triggers: true },
    remove_from_cart: { role: 'uncart', weight: 0, goal: false, triggers: true },
    purchase: { role: 'purchase', weight: 3, goal: true, triggers: true },
    like: { role: 'other', weight: 2, goal: false, triggers: true },
    bookmark: { role: 'cart', weight: 3, goal: false, triggers: true },
    comment: { role: 'other', weight: 2, goal: false, triggers: true },
    follow: { role: 'other', weight: 2, goal: false, triggers: true },
    share: { role: 'other', weight: 2, goal: false, triggers: true },
    rating: RATING,
  },
  attributes: { brand: 'key', price: 'number' },
  variantGroup: 'item_group_id',
  seen: [LAST_ITEM, BOUGHT],
  surfaces: {
    // What was looked at in this visit has a row of its own.
    home: { seen: [LAST_ITEM, BOUGHT, { types: ['view', 'click'], within: { session: true } }] },
    category: {},
    item_page: {
      // Both substitutes and complements.
      sources: {
        item_to_item: 150,
        chosen_together: 40,
        embedding: 40,
        trending: 40,
        offline: 50,
        offline_neighbours: 100,
        recent: 20,
      },
      // A slate beside an item, or in the cart, is short and has a clear purpose.
      exploration: { share: 0 },
    },
    cart: {
      // Complements of what is in the cart, and no substitutes for it.
      sources: { chosen_together: 100, trending: 60, offline: 50, favourites: 40, recent: 20 },
      exploration: { share: 0 },
    },
    search: {},
    recently_viewed: { history: { types: ['view', 'click'] } },
  },
  sources: {
    item_to_item: 150,
    two_hops: 60,
    trending: 80,
    offline: 50,
    offline_neighbours: 100,
    recent: 20,
    favourites: 20,
    chosen_together: 20,
    embedding: 20,
    // Most slates leave out what was bought. Those that do not show what is bought again and again.
    buy_again: 100,
  },
  accumulators: { chosen_together: true, buy_again: true },
  compared: { item_cart_rate_7d: true, item_purchase_rate_7d: true },
  exploration: { inputs: { pair_brand_share: {}, pair_ignored: IGNORED } },
})
