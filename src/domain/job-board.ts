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
import { DAY, HOUR } from '../time-units.ts'
import type { Domain } from './domain.ts'
import { NO_EXPERIMENT } from './policy.ts'
import { standardAccumulators } from './standard-accumulators.ts'
import { STANDARD_EVENTS, UNCOUNTED_TRAFFIC } from './standard-events.ts'
import { distanceInput, shareInput, standardExploration } from './standard-exploration.ts'

/** A search for a job goes on for weeks, and is taken up again within a day. */
const expiry: Expiry = { user: 180 * DAY, attributes: 365 * DAY, item: 60 * DAY, pair: 60 * DAY, session: 2 * HOUR }

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
    ...STANDARD_EVENTS,
    save: { role: 'cart', weight: 4, goal: false, triggers: true },
    unsave: { role: 'uncart', weight: 0, goal: false, triggers: true },
    apply: { role: 'purchase', weight: 6, goal: true, triggers: true },
    interview: { role: 'other', weight: 0, goal: true, triggers: false },
  },
  // A category is a field of work.
  attributes: { category: 'key', company: 'key', location: 'key', salary: 'number' },
  embedding: 'embedding',
  surfaces,
  expiry,
  lateness: 7 * DAY,
  limits: {
    traffic: UNCOUNTED_TRAFFIC,
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
  diversity: 0.01,
  // What is saved is what was asked for.
  exploration: standardExploration([shareInput('pair_company_share'), distanceInput('pair_salary_z')], ['saved']),
}
