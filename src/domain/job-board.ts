import { DISTANCE, IGNORED, LAST_ITEM, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

const DECIDED = { types: ['apply'] }

/** The built-in domain of a job board: view, save, apply. */
export const jobBoard = extendDomain(STANDARD, {
  name: 'job-board',
  eventTypes: {
    save: { role: 'cart', weight: 4, goal: false, triggers: true },
    unsave: { role: 'uncart', weight: 0, goal: false, triggers: true },
    apply: { role: 'purchase', weight: 6, goal: true, triggers: true },
    interview: { role: 'other', weight: 0, goal: true, triggers: false },
  },
  // A category is a field of work.
  attributes: { company: 'key', location: 'key', salary: 'number' },
  // Who gets to see which jobs must not depend on age, sex or origin.
  protectedAttributes: { refused: true },
  seen: [LAST_ITEM, DECIDED],
  surfaces: {
    search: {},
    // On the page of a job: similar jobs.
    job: {
      sources: {
        item_to_item: 150,
        embedding: 60,
        chosen_together: 30,
        offline: 80,
        offline_neighbours: 100,
        favourites: 30,
        trending: 30,
      },
    },
    // The saved jobs are what the user asked for, also the one that was saved last.
    saved: { exploration: { share: 0 }, seen: [DECIDED] },
    email: {},
  },
  sources: {
    item_to_item: 150,
    offline: 80,
    offline_neighbours: 100,
    trending: 60,
    recent: 20,
    favourites: 30,
    embedding: 30,
    // A job that has just been posted has the best chances.
    new: 30,
    chosen_together: 20,
  },
  // A search for a job lasts weeks, and is taken up again within a day.
  expiry: { user: '180d', item: '60d', pair: '60d', session: '2h' },
  limits: { eventsPerMinute: 600, eventsPerItemAndHour: 20 },
  accumulators: { item_goals: true, chosen_together: true },
  compared: { item_goal_rate_7d: true },
  exploration: { inputs: { pair_company_share: {}, pair_salary_z: DISTANCE, pair_ignored: IGNORED } },
})
