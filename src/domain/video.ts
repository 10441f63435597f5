import { DISTANCE, IGNORED, LAST_ITEM, RATING, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

/** The built-in domain of a video service with films, series and clips: view, watch, finish. */
export const video = extendDomain(STANDARD, {
  name: 'video',
  eventTypes: {
    play: { role: 'other', weight: 2, goal: false, triggers: true },
    // Sent about once a minute while a video plays: it counts as activity, and must not change the list beside the player.
    progress: { role: 'other', weight: 0, goal: false, triggers: false },
    // Watched to the end: slates leave these out.
    complete: { role: 'purchase', weight: 5, goal: true, triggers: true },
    add_to_watchlist: { role: 'cart', weight: 4, goal: false, triggers: true },
    remove_from_watchlist: { role: 'uncart', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 3, goal: true, triggers: true },
    comment: { role: 'other', weight: 3, goal: false, triggers: true },
    share: { role: 'other', weight: 3, goal: true, triggers: true },
    follow: { role: 'other', weight: 2, goal: true, triggers: true },
    rating: RATING,
  },
  // A category is a genre, or several. A duration is in minutes.
  attributes: { creator: 'key', language: 'key', duration: 'number' },
  // One episode of a series is enough in a slate, and after one comes the next.
  variantGroup: 'series',
  showsOwnVariants: true,
  seen: [LAST_ITEM, { types: ['complete'] }],
  surfaces: {
    browse: {},
    title: {},
    up_next: {
      // When the credits roll: more of the same kind, and nothing that was watched before.
      sources: { item_to_item: 150, embedding: 60, favourites: 40, offline: 50, offline_neighbours: 100, trending: 40 },
      exploration: { share: 0 },
    },
    search: {},
    // What was begun and not watched to its end.
    continue: { history: { types: ['play', 'progress'], until: ['complete'] } },
  },
  sources: {
    item_to_item: 120,
    two_hops: 60,
    trending: 80,
    offline: 50,
    offline_neighbours: 100,
    // What was begun is watched to its end.
    recent: 20,
    favourites: 40,
    embedding: 30,
    new: 30,
  },
  // An evening is one session, and a series is taken up again after weeks.
  expiry: { user: '180d', pair: '90d', session: '2h' },
  limits: { eventsPerItemAndHour: 90, weightPerItemAndDay: 60 },
  accumulators: { item_goals: true },
  compared: { item_goal_rate_7d: true },
  exploration: { inputs: { pair_creator_share: {}, pair_duration_z: DISTANCE, pair_ignored: IGNORED } },
})
