import { DEFAULT_EXPIRY, type Expiry } from '../accumulators/expiry.ts'
import { itemGoals } from '../accumulators/item-goals.ts'
import { embeddingSource } from '../candidates/embedding.ts'
import { favouritesSource } from '../candidates/favourites.ts'
import { itemToItemSource } from '../candidates/item-to-item.ts'
import { newItemsSource } from '../candidates/new-items.ts'
import { offlineSource } from '../candidates/offline.ts'
import { recentlySeenSource } from '../candidates/recently-seen.ts'
import { trendingSource } from '../candidates/trending.ts'
import { DAY } from '../time-units.ts'
import type { Domain } from './domain.ts'
import { NO_EXPERIMENT } from './policy.ts'
import { standardAccumulators } from './standard-accumulators.ts'
import { STANDARD_EVENTS, UNCOUNTED_TRAFFIC } from './standard-events.ts'
import { shareInput, standardExploration } from './standard-exploration.ts'

/** News is soon old: what nobody has read for two weeks has no figures any more. */
const expiry: Expiry = { ...DEFAULT_EXPIRY, item: 14 * DAY, pair: 14 * DAY }

const surfaces = ['home', 'section', 'article', 'search', 'newsletter']

const favourites = ['category', 'topic', 'author']

const sources = [
  trendingSource(120),
  itemToItemSource(100, expiry.pair),
  offlineSource(50),
  // An article is seldom read twice.
  recentlySeenSource(5, expiry.pair),
  favouritesSource(30, favourites),
  embeddingSource(30),
  newItemsSource(40),
]

const surfaceSources = {
  // Below an article: more about this.
  article: [
    itemToItemSource(100, expiry.pair),
    embeddingSource(50),
    trendingSource(60),
    offlineSource(50),
    favouritesSource(30, favourites),
    newItemsSource(20),
  ],
}

/** A news site: read, react, subscribe. */
export const news: Domain = {
  name: 'news',
  eventTypes: {
    ...STANDARD_EVENTS,
    read: { role: 'other', weight: 3, goal: false, triggers: true },
    bookmark: { role: 'cart', weight: 3, goal: false, triggers: true },
    unbookmark: { role: 'uncart', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 2, goal: true, triggers: true },
    comment: { role: 'other', weight: 3, goal: true, triggers: true },
    share: { role: 'other', weight: 4, goal: true, triggers: true },
    follow: { role: 'other', weight: 2, goal: false, triggers: true },
    subscribe: { role: 'purchase', weight: 5, goal: true, triggers: true },
  },
  // A category is a section or a site, of which an article has one; topics are what it is about.
  attributes: { category: 'key', topic: 'key', author: 'key' },
  embedding: 'embedding',
  surfaces,
  expiry,
  lateness: 7 * DAY,
  limits: {
    traffic: UNCOUNTED_TRAFFIC,
    eventsPerMinute: 1200,
    eventsPerItemAndHour: 20,
  },
  accumulators: standardAccumulators({ keys: favourites, items: [itemGoals], surfaces, sources, surfaceSources }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.01,
  // What is read next goes with what is read.
  exploration: standardExploration([shareInput('pair_topic_share')], ['article']),
}
