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

/** A course takes months, and who has finished one comes back for the next. */
const expiry: Expiry = { user: 365 * DAY, attributes: 365 * DAY, item: 180 * DAY, pair: 180 * DAY, session: HOUR }

const surfaces = ['home', 'subject', 'course', 'learning', 'search']

const favourites = ['category', 'provider', 'level']

const sources = [
  itemToItemSource(120, expiry.pair),
  trendingSource(60),
  offlineSource(80),
  recentlySeenSource(20, expiry.pair),
  favouritesSource(40, favourites),
  chosenTogetherSource(30),
  embeddingSource(30),
  newItemsSource(20),
]

const surfaceSources = {
  // Beside what someone is learning: what others took on after it.
  learning: [
    chosenTogetherSource(60),
    itemToItemSource(100, expiry.pair),
    embeddingSource(60),
    offlineSource(80),
    favouritesSource(40, favourites),
    trendingSource(30),
  ],
}

/** Courses: look, enrol, learn, finish. */
export const courses: Domain = {
  name: 'courses',
  eventTypes: {
    ...STANDARD_EVENTS,
    preview: { role: 'other', weight: 2, goal: false, triggers: true },
    save: { role: 'cart', weight: 4, goal: false, triggers: true },
    unsave: { role: 'uncart', weight: 0, goal: false, triggers: true },
    // excludePurchased leaves out what someone is enrolled in.
    enrol: { role: 'purchase', weight: 6, goal: true, triggers: true },
    lesson: { role: 'other', weight: 1, goal: false, triggers: true },
    complete: { role: 'other', weight: 3, goal: true, triggers: true },
    rating: { role: 'other', weight: 1, goal: false, triggers: true },
    share: { role: 'other', weight: 2, goal: false, triggers: true },
  },
  // A category is a subject; an effort is in hours.
  attributes: { category: 'key', provider: 'key', level: 'key', effort: 'number' },
  embedding: 'embedding',
  // The same course in another language, or another run of it.
  variantGroup: 'course_group',
  surfaces,
  expiry,
  lateness: 7 * DAY,
  limits: {
    traffic: UNCOUNTED_TRAFFIC,
    eventsPerMinute: 600,
    eventsPerItemAndHour: 60,
  },
  accumulators: standardAccumulators({
    keys: favourites,
    items: [itemGoals, itemNumber('effort')],
    users: [userPrice('effort')],
    pairs: [chosenTogether],
    surfaces,
    sources,
    surfaceSources,
  }),
  sources,
  surfaceSources,
  experiment: NO_EXPERIMENT,
  diversity: 0.01,
  // Who is learning wants what comes next.
  exploration: standardExploration([shareInput('pair_level_share'), distanceInput('pair_effort_z')], ['learning']),
}
