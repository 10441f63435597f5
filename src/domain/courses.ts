import { DISTANCE, IGNORED, LAST_ITEM, RATING, STANDARD } from './defaults.ts'
import { extendDomain } from './extend-domain.ts'

/** The built-in domain of an online course catalogue: view, enrol, learn, finish. */
export const courses = extendDomain(STANDARD, {
  name: 'courses',
  eventTypes: {
    preview: { role: 'other', weight: 2, goal: false, triggers: true },
    save: { role: 'cart', weight: 4, goal: false, triggers: true },
    unsave: { role: 'uncart', weight: 0, goal: false, triggers: true },
    // Slates leave out the courses that a user is enrolled in.
    enrol: { role: 'purchase', weight: 6, goal: true, triggers: true },
    lesson: { role: 'other', weight: 1, goal: false, triggers: true },
    complete: { role: 'other', weight: 3, goal: true, triggers: true },
    rating: RATING,
    share: { role: 'other', weight: 2, goal: false, triggers: true },
  },
  // A category is a subject. An effort is in hours.
  attributes: { provider: 'key', level: 'key', effort: 'number' },
  // The same course in another language, or another run of it.
  variantGroup: 'course_group',
  seen: [LAST_ITEM, { types: ['enrol'] }],
  surfaces: {
    subject: {},
    course: {},
    learning: {
      // Beside what someone is learning: what others took on after it.
      sources: {
        chosen_together: 60,
        item_to_item: 100,
        embedding: 60,
        offline: 80,
        offline_neighbours: 100,
        favourites: 40,
        trending: 30,
      },
      exploration: { share: 0 },
    },
    search: {},
    // Courses that the user takes.
    continue: { history: { types: ['enrol', 'lesson'], until: ['complete'] } },
  },
  sources: {
    item_to_item: 120,
    trending: 60,
    offline: 80,
    offline_neighbours: 100,
    recent: 20,
    favourites: 40,
    chosen_together: 30,
    embedding: 30,
    new: 20,
  },
  // A course takes months, and users who have finished one come back for the next.
  expiry: { user: '365d', item: '180d', pair: '180d', session: '1h' },
  limits: { eventsPerMinute: 600, eventsPerItemAndHour: 60, weightPerItemAndDay: 60 },
  accumulators: { item_goals: true, chosen_together: true },
  compared: { item_goal_rate_7d: true },
  exploration: { inputs: { pair_level_share: {}, pair_effort_z: DISTANCE, pair_ignored: IGNORED } },
})
