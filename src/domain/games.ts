import { DISTANCE, IGNORED, LAST_ITEM, RATING, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

/** The built-in domain of a game store or portal: view, wish, get, play. */
export const games = extendDomain(STANDARD, {
  name: 'games',
  eventTypes: {
    add_to_wishlist: { role: 'cart', weight: 4, goal: false, triggers: true },
    remove_from_wishlist: { role: 'uncart', weight: 0, goal: false, triggers: true },
    // Bought, installed, or begun in the browser: slates leave these out.
    get: { role: 'purchase', weight: 6, goal: true, triggers: true },
    play: { role: 'other', weight: 2, goal: true, triggers: true },
    level_up: { role: 'other', weight: 0, goal: false, triggers: false },
    in_game_purchase: { role: 'other', weight: 3, goal: true, triggers: true },
    uninstall: { role: 'other', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 2, goal: false, triggers: true },
    rating: RATING,
    share: { role: 'other', weight: 2, goal: false, triggers: true },
  },
  // A category is a genre, or several. A mode is how a game is played: alone, together, against others.
  attributes: { studio: 'key', mode: 'key', price: 'number' },
  // Editions of one game.
  variantGroup: 'edition_of',
  seen: [LAST_ITEM, { types: ['get'] }],
  surfaces: {
    genre: {},
    // On the page of a game: what its players play, and similar games.
    game: {
      sources: {
        item_to_item: 150,
        chosen_together: 40,
        embedding: 50,
        offline: 50,
        offline_neighbours: 100,
        favourites: 30,
        trending: 40,
      },
    },
    // The games of the library are there to be played.
    library: { exploration: { share: 0 }, seen: [] },
    search: {},
    // Games that the user has or plays.
    continue: { history: { types: ['get', 'play'], until: ['uninstall'] } },
  },
  sources: {
    item_to_item: 150,
    trending: 80,
    offline: 50,
    offline_neighbours: 100,
    recent: 20,
    favourites: 30,
    chosen_together: 20,
    embedding: 30,
    new: 30,
  },
  // A game is played for months, and a session lasts an evening.
  expiry: { user: '180d', item: '180d', pair: '90d', session: '2h' },
  limits: { eventsPerItemAndHour: 90, weightPerItemAndDay: 60 },
  accumulators: { item_goals: true, chosen_together: true },
  compared: { item_goal_rate_7d: true },
  exploration: { inputs: { pair_studio_share: {}, pair_mode_share: {}, pair_price_z: DISTANCE, pair_ignored: IGNORED } },
})
