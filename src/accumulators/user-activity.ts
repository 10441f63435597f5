import { addDecayedCell, decayedValue, mergeDecayedCell } from '../state/decay.ts'
import { recordPart, tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { interactions } from './user-item.ts'

const ACTIVITY = recordPart(
  'activity',
  1,
  {
    events: 'count',
    impressions: 'count',
    sum1d: 'real',
    epoch1d: 'count',
    first: 'time',
    hits: 'count',
    repeats: 'count',
  },
  { sum: 'sum1d', epoch: 'epoch1d', halfLife: DAY },
)
const BY_TYPE = tablePart('activity_by_type', 1, { type: 'text', events: 'count' })
const MAX_TYPES = 32

function constant(
  name: string,
  description: string,
  unit: string,
  missing: string,
  read: (user: UserValue, now: number) => number,
): Feature {
  return {
    name,
    entity: 'USER',
    description,
    unit,
    missing,
    column: ({ user, now }) => {
      const value = user.isNew ? Number.NaN : read(user, now)
      return () => value
    },
  }
}

export const userActivity: Accumulator = {
  name: 'user_activity',
  entity: 'USER',
  description: 'Events of a user by type, and how often the user returns to a known item.',
  roles: [],
  expires: 'user',
  parts: [ACTIVITY, BY_TYPE],
  reduce: ({ user, event, meaning, time, facts, expiry }) => {
    const activity = user.get(ACTIVITY)
    if (activity.first === 0 || time < activity.first) activity.first = time
    const types = user.get(BY_TYPE)
    const row = types.type.indexOf(event.eventType)
    if (row >= 0) types.events[row]++
    else if (types.type.length < MAX_TYPES) {
      types.type.push(event.eventType)
      types.events.push(1)
    }
    if (meaning.role === 'impression') {
      activity.impressions++
      return
    }
    activity.events++
    const sums = [activity.sum1d]
    const epochs = [activity.epoch1d]
    addDecayedCell(sums, epochs, 0, 1, time, DAY)
    activity.sum1d = sums[0]
    activity.epoch1d = epochs[0]
    for (const { itemId } of facts.items) {
      activity.hits++
      if (interactions(user, itemId, time - expiry.pair) > 0) activity.repeats++
    }
  },
  merge: (into, from) => {
    const held = into.get(ACTIVITY)
    const other = from.get(ACTIVITY)
    held.events += other.events
    held.impressions += other.impressions
    held.hits += other.hits
    held.repeats += other.repeats
    if (other.first > 0 && (held.first === 0 || other.first < held.first)) held.first = other.first
    const sums = [held.sum1d]
    const epochs = [held.epoch1d]
    mergeDecayedCell(sums, epochs, 0, other.sum1d, other.epoch1d)
    held.sum1d = sums[0]
    held.epoch1d = epochs[0]
    const types = into.get(BY_TYPE)
    const { type, events } = from.get(BY_TYPE)
    type.forEach((name, i) => {
      const row = types.type.indexOf(name)
      if (row >= 0) types.events[row] += events[i]
      else if (types.type.length < MAX_TYPES) {
        types.type.push(name)
        types.events.push(events[i])
      }
    })
  },
  features: [
    constant(
      'user_events',
      'Number of events of the user, excluding impressions',
      'events',
      'for a user without events',
      (user) => user.get(ACTIVITY).events,
    ),
    constant(
      'user_events_1d',
      'Number of events of the user, excluding impressions, decayed with a half-life of a day',
      'events',
      'for a user without events',
      (user, now) => {
        const { sum1d, epoch1d } = user.get(ACTIVITY)
        return decayedValue(sum1d, epoch1d, user.timeAt(now), DAY)
      },
    ),
    constant(
      'user_repeat_rate',
      "Share of the user's actions that were on an item that the user had acted on before",
      'share',
      'before the first action on an item',
      (user) => {
        const { hits, repeats } = user.get(ACTIVITY)
        return hits > 0 ? repeats / hits : Number.NaN
      },
    ),
    constant('user_days', 'Time since the first event of the user', 'days', 'for a user without events', (user, now) => {
      const { first } = user.get(ACTIVITY)
      return first > 0 ? Math.max(0, now - first) / DAY : Number.NaN
    }),
    {
      name: 'user_events_by_type',
      entity: 'USER',
      description: 'Number of events of the user for each event type, including impressions. Only the first 32 types are counted',
      unit: 'events',
      missing: 'for a user without events',
      breakdown: ({ user }) => {
        const { type, events } = user.get(BY_TYPE)
        return type.map((key, row) => ({ key, value: events[row] })).sort((a, b) => b.value - a.value)
      },
    },
  ],
}
