import { IGNORED, LAST_ITEM, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

/** The built-in domain of a news site: read, react, subscribe. */
export const news = extendDomain(STANDARD, {
  name: 'news',
  eventTypes: {
    read: { role: 'other', weight: 3, goal: false, triggers: true },
    bookmark: { role: 'cart', weight: 3, goal: false, triggers: true },
    unbookmark: { role: 'uncart', weight: 0, goal: false, triggers: true },
    like: { role: 'other', weight: 2, goal: true, triggers: true },
    comment: { role: 'other', weight: 3, goal: true, triggers: true },
    share: { role: 'other', weight: 4, goal: true, triggers: true },
    follow: { role: 'other', weight: 2, goal: false, triggers: true },
    subscribe: { role: 'purchase', weight: 5, goal: true, triggers: true },
  },
  // A category is a section or a site: an article has one. Topics are what an article is about.
  attributes: { topic: 'key', author: 'key' },
  seen: [LAST_ITEM, { types: ['read'] }],
  surfaces: {
    section: {},
    article: {
      // Below an article: more about the same.
      sources: { item_to_item: 100, embedding: 50, trending: 60, offline: 50, offline_neighbours: 100, favourites: 30, new: 20 },
      exploration: { share: 0 },
    },
    search: {},
    newsletter: {},
  },
  sources: {
    trending: 120,
    item_to_item: 100,
    offline: 50,
    offline_neighbours: 100,
    // An article is seldom read twice.
    recent: 5,
    favourites: 30,
    embedding: 30,
    new: 40,
  },
  // News ages fast.
  expiry: { item: '14d', pair: '14d' },
  similarItems: { halfLife: '14d' },
  limits: { eventsPerItemAndHour: 20 },
  accumulators: { item_goals: true },
  compared: { item_goal_rate_7d: true },
  exploration: { inputs: { pair_topic_share: {}, pair_ignored: IGNORED } },
})
