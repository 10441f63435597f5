import { DEFAULT_EXPIRY } from '../state/expiry.ts'
import { DAY } from '../time-units.ts'
import type { MergedDefinition } from './definition.ts'

/** Lateness of a domain that names none, in ms. */
export const DEFAULT_LATENESS = 7 * DAY

/**
 * Half-life of pairs of items in a domain that names none, in ms. With two weeks, lists of a site with few users forget faster than
 * they learn: see docs/decisions/0016-pairs-fade-over-a-year.md.
 */
export const DEFAULT_PAIR_HALF_LIFE = 365 * DAY

/** Leaves out the item on which the user acted last. Every built-in domain does. */
export const LAST_ITEM = { within: { latestItems: 1 } }

/** A rating from 1 to 5. Below 3, it shows no interest. */
export const RATING = { role: 'other', weight: 1, goal: false, triggers: true, liked: { attribute: 'rating', from: 3 } } as const

/** The base of every domain. It counts impressions, views, clicks, dismissals and searches by category, and has no sources. */
export const STANDARD: MergedDefinition = {
  name: 'standard',
  eventTypes: {
    impression: { role: 'impression', weight: 0, goal: false, triggers: false },
    view: { role: 'view', weight: 1, goal: false, triggers: true },
    click: { role: 'click', weight: 1, goal: false, triggers: true },
    search: { role: 'other', weight: 0, goal: false, triggers: true },
    dismiss: { role: 'dismiss', weight: 0, goal: false, triggers: true },
    dislike: { role: 'dismiss', weight: 0, goal: false, triggers: true },
    undismiss: { role: 'undismiss', weight: 0, goal: false, triggers: true },
    undislike: { role: 'undismiss', weight: 0, goal: false, triggers: true },
    session_start: { role: 'other', weight: 0, goal: false, triggers: true },
  },
  attributes: { category: 'key' },
  embedding: 'embedding',
  surfaces: { home: {} },
  expiry: DEFAULT_EXPIRY,
  lateness: DEFAULT_LATENESS,
  limits: {
    traffic: { attribute: 'traffic', uncounted: ['staff', 'monitoring', 'bot'] },
    eventsPerMinute: 1200,
    eventsPerItemAndHour: 30,
    // Thirty views, or five times what puts an item into a cart in a shop: more than one person does with an item in a day.
    weightPerItemAndDay: 30,
    // A new item every six seconds for an hour: more than people look at, also in a shop that uploads its items later.
    unknownPerHour: 600,
  },
  compared: {
    item_popularity_1h: true,
    item_popularity_1d: true,
    item_popularity_7d: true,
    item_ctr_7d: true,
    item_coec_7d: true,
    session_item_cf_max: true,
    session_item_cf_mean: true,
    session_item_cf_last: true,
    offline_neighbours_score: true,
  },
  diversity: 0.01,
  seen: [LAST_ITEM],
  // Measured for a shop: about one impression in twenty is explored.
  exploration: {
    arms: 10,
    gamma: 300,
    knownAfterClicks: 5,
    inputs: {
      item_coec_7d: { from: 0, to: 4, missing: 1 },
      pair_category_share: {},
      pair_session_category_share: {},
    },
    elsewhere: { position: 2, share: 0.45, randomised: 0 },
  },
}

/** Scale of the reward-model input for impressions that the user ignored. */
export const IGNORED = { from: 0, to: 5, missing: 0 }

/** Scale of the reward-model input for the distance of an item from the user's level, in standard deviations. */
export const DISTANCE = { from: -3, to: 3, missing: 0 }
