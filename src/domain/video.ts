import type { Expiry } from '../accumulators/expiry.ts'
import { itemGoals } from '../accumulators/item-goals.ts'
import { itemNumber } from '../accumulators/item-number.ts'
import { userPrice } from '../accumulators/user-price.ts'
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

/** An evening is one session, and a series is taken up again after weeks. */
const expiry: Expiry = { user: 180 * DAY, attributes: 365 * DAY, item: 90 * DAY, pair: 90 * DAY, session: 2 * HOUR }

const surfaces = ['home', 'browse', 'title', 'up_next', 'search']

const favourites = ['category', 'creator', 'language']

const sources = [
  itemToItemSource(120, expiry.pair),
  trendingSource(80),
  offlineSource(50),
  // What was begun is watched to its end.
  recentlySeenSource(20, expiry.pair),
  favouritesSource(40, favourites),
  embeddingSource(30),
  newItemsSource(30),
]

const surfaceSources = {
  // When the credits roll: more like this, and nothing that was seen already.
  up_next: [
    itemToItemSource(150, expiry.pair),
    embeddingSource(60),
    favouritesSource(40, favourites),
    offlineSource(50),
    trendingSource(40),
  ],
}

/** Films, series and clips: look, watch, finish. */
export const video: Domain = {
  name: 'video',
  eventTypes: {
    ...STANDARD_EVENTS,
    play: { role: 'other', weight: 2, goal: false, triggers: true },
    // Sent while it plays, by the minute or so: it counts as activity, and leaves the list beside the player alone.
    progress: { role: 'other', weight: 0, goal: false, triggers: false },
    // Seen to the end: excludePurchased leaves these out.
    complete: { role: 'purchase', weight: 5, goal: true, triggers: true },
    add_to_watchlist: { role: 'cart', weight: 4, goal: false, triggers: true },
    remove_from_watchlist: { role: 'uncart', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 3, goal: true, triggers: true },
    dislike: { role: 'other', weight: 0, goal: false, triggers: true },
    comment: { role: 'other', weight: 3, goal: false, triggers: true },
    share: { role: 'other', weight: 3, goal: true, triggers: true },
    follow: { role: 'other', weight: 2, goal: true, triggers: true },
    rating: { role: 'other', weight: 1, goal: false, triggers: true },
  },
  // A category is a genre, or several; a duration is in minutes.
  attributes: { category: 'key', creator: 'key', language: 'key', duration: 'number' },
  embedding: 'embedding',
  // One episode of a series is enough, and after one comes the next.
  variantGroup: 'series',
  showsOwnVariants: true,
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
    items: [itemGoals, itemNumber('duration')],
    users: [userPrice('duration')],
    surfaces,
    sources,
    surfaceSources,
  }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.01,
  // What plays next goes with what has just been seen.
  exploration: standardExploration([shareInput('pair_creator_share'), distanceInput('pair_duration_z')], ['up_next']),
}
