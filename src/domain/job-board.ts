import { chosenTogether } from '../accumulators/chosen-together.ts'
import type { Expiry } from '../accumulators/expiry.ts'
import { itemGoals } from '../accumulators/item-goals.ts'
import { itemNumber } from '../accumulators/item-number.ts'
import { userPrice } from '../accumulators/user-price.ts'
import { chosenTogetherSource } from '../candidates/chosen-together.ts'
import { embeddingSource } from '../candidates/embedding.ts'
import { favouritesSource } from '../candidates/favourites.ts'
import { itemToItemSource } from '../candidates/item-to-item.ts'
import { newItemsSource } from '../candidates/new-items.ts'
import { offlineSource } from '../candidates/offline.ts'
import { recentlySeenSource } from '../candidates/recently-seen.ts'
import { trendingSource } from '../candidates/trending.ts'
import { DAY, HOUR } from '../state/decay.ts'
import type { Domain } from './domain.ts'
import { NO_EXPERIMENT } from './policy.ts'
import { standardAccumulators } from './standard-accumulators.ts'

/** A search for a job goes on for weeks, and is taken up again within a day. */
const expiry: Expiry = { user: 180 * DAY, item: 60 * DAY, pair: 60 * DAY, session: 2 * HOUR }

const surfaces = ['home', 'search', 'job', 'saved', 'email']

const favourites = ['category', 'company', 'location']

const sources = [
  itemToItemSource(150, expiry.pair),
  offlineSource(80),
  trendingSource(60),
  recentlySeenSource(20, expiry.pair),
  favouritesSource(30, favourites),
  embeddingSource(30),
  // A job that has just been posted has the best chances.
  newItemsSource(30),
  chosenTogetherSource(20),
]

const surfaceSources = {
  // On the page of a job: others like it.
  job: [
    itemToItemSource(150, expiry.pair),
    embeddingSource(60),
    chosenTogetherSource(30),
    offlineSource(80),
    favouritesSource(30, favourites),
    trendingSource(30),
  ],
}

/** A job board: look, save, apply. */
export const jobBoard: Domain = {
  name: 'job-board',
  eventTypes: {
    impression: { role: 'impression', weight: 0, goal: false, triggers: false },
    view: { role: 'view', weight: 1, goal: false, triggers: true },
    click: { role: 'click', weight: 1, goal: false, triggers: true },
    save: { role: 'cart', weight: 4, goal: false, triggers: true },
    unsave: { role: 'uncart', weight: 0, goal: false, triggers: true },
    apply: { role: 'purchase', weight: 6, goal: true, triggers: true },
    interview: { role: 'other', weight: 0, goal: true, triggers: false },
    search: { role: 'other', weight: 0, goal: false, triggers: true },
    session_start: { role: 'other', weight: 0, goal: false, triggers: true },
  },
  // A category is a field of work.
  attributes: { category: 'key', company: 'key', location: 'key', salary: 'number' },
  embedding: 'embedding',
  surfaces,
  expiry,
  lateness: 7 * DAY,
  limits: {
    traffic: { attribute: 'traffic', uncounted: ['staff', 'monitoring', 'bot'] },
    eventsPerMinute: 600,
    eventsPerItemAndHour: 20,
  },
  accumulators: standardAccumulators({
    keys: favourites,
    items: [itemGoals, itemNumber('salary')],
    users: [userPrice('salary')],
    pairs: [chosenTogether],
    surfaces,
    sources,
    surfaceSources,
  }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.05,
  exploration: {
    arms: 10,
    gamma: 300,
    knownAfterClicks: 5,
    inputs: [
      { feature: 'item_coec_7d', from: 0, to: 4, missing: 1 },
      { feature: 'pair_category_share', from: 0, to: 1, missing: 0 },
      { feature: 'pair_session_category_share', from: 0, to: 1, missing: 0 },
      { feature: 'pair_company_share', from: 0, to: 1, missing: 0 },
      { feature: 'pair_salary_z', from: -3, to: 3, missing: 0 },
      { feature: 'pair_ignored', from: 0, to: 5, missing: 0 },
    ],
    surfaces: {
      // What is saved is what was asked for.
      saved: { position: 5, share: 0, randomised: 0 },
    },
    elsewhere: { position: 2, share: 0.45, randomised: 0 },
  },
}
