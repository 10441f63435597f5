import { addDecayedCell, decayedCells, decayedValue, mergeDecayedCell, mergeDecayedCells } from '../state/decay.ts'
import { recordPart, tablePart, type UserValue } from '../state/user-value.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { FOLLOWING, NO_IMPRESSIONS, shopClickRate, smoothing } from './decayed-figures.ts'
import { oncePerInput } from './feature-input.ts'
import { interactions } from './user-item.ts'

const HALF_LIFE = 30 * DAY

const HOURS = tablePart('hours', 1, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE })

function hourOf(time: number): number {
  return Math.floor(time / HOUR) % 24
}

export const userHours: Accumulator = {
  name: 'user_hours',
  entity: 'USER',
  description: 'Hours of day (UTC) at which a user acts, decayed with a half-life of 30 days.',
  roles: [],
  expires: 'user',
  parts: [HOURS],
  reduce: ({ user, time }) => {
    const hours = user.get(HOURS)
    while (hours.sum.length < 24) {
      hours.sum.push(0)
      hours.epoch.push(0)
    }
    addDecayedCell(hours.sum, hours.epoch, hourOf(time), 1, time, HALF_LIFE)
  },
  merge: (into, from) => mergeDecayedCells(into.get(HOURS), from.get(HOURS)),
  features: [
    {
      name: 'user_hour_share',
      entity: 'USER',
      description:
        "Share of the user's events that happened in the present hour of the day (UTC), on any day. At 9:30, it is the share of events from 9 to 10 o'clock. Events are decayed with a half-life of 30 days. One more event, divided equally among the 24 hours, keeps the share above 0",
      unit: 'share',
      missing: 'for a user without events',
      column: ({ user, now }) => {
        const { sum, epoch } = user.get(HOURS)
        const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
        const total = weights.reduce((all, weight) => all + weight, 0)
        const value = total > 0 ? (weights[hourOf(now)] + 1 / 24) / (total + 1) : Number.NaN
        return () => value
      },
    },
  ],
}

/** Families of devices that are counted separately. All other device names count as `other`. */
export const DEVICE_FAMILIES = ['ios', 'android', 'mobile', 'tablet', 'desktop', 'tv', 'other'] as const
type DeviceFamily = (typeof DEVICE_FAMILIES)[number]

/** Returns the family of a device that an app names, in any case of letters. */
export function deviceFamily(name: string): DeviceFamily {
  const lower = name.toLowerCase()
  if (lower === 'phone') return 'mobile'
  return DEVICE_FAMILIES.find((family) => family === lower) ?? 'other'
}

const DEVICE = tablePart(
  'device',
  1,
  { device: 'text', sum: 'real', epoch: 'count' },
  { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
)

/** Share of the user's events by device; empty when none of them names one. */
const deviceShares = oncePerInput(({ user, now }) => {
  const { device, sum, epoch } = user.get(DEVICE)
  const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
  const total = weights.reduce((all, weight) => all + weight, 0)
  return new Map(total > 0 ? device.map((name, row) => [name, weights[row] / total]) : [])
})

function deviceShare(device: DeviceFamily): Feature {
  return {
    name: `user_device_${device}`,
    entity: 'USER',
    description: `Share of the user's events from ${device === 'other' ? 'other devices' : device}, decayed with a half-life of 30 days`,
    unit: 'share',
    missing: 'when no event of the user names a device',
    column: (input) => {
      const shares = deviceShares(input)
      const share = shares.size > 0 ? (shares.get(device) ?? 0) : Number.NaN
      return () => share
    },
  }
}

export const userDevices: Accumulator = {
  name: 'user_devices',
  entity: 'USER',
  description: 'Devices on which a user acts, decayed with a half-life of 30 days.',
  roles: [],
  expires: 'user',
  parts: [DEVICE],
  reduce: ({ user, facts, time }) => {
    if (facts.device === undefined) return
    const devices = user.get(DEVICE)
    const device = deviceFamily(facts.device)
    let row = devices.device.indexOf(device)
    if (row < 0) {
      row = devices.device.push(device) - 1
      devices.sum.push(0)
      devices.epoch.push(0)
    }
    addDecayedCell(devices.sum, devices.epoch, row, 1, time, HALF_LIFE)
  },
  merge: (into, from) => {
    const devices = into.get(DEVICE)
    const other = from.get(DEVICE)
    other.device.forEach((name, i) => {
      let row = devices.device.indexOf(name)
      if (row < 0) row = devices.device.push(name) - 1
      mergeDecayedCell(devices.sum, devices.epoch, row, other.sum[i], other.epoch[i])
    })
  },
  features: DEVICE_FAMILIES.map(deviceShare),
}

/** Two decayed sums: impressions, and the clicks that followed from them, at the time of their impression. */
const EXPOSURE = tablePart('exposure', 2, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE })

export const userClickRate: Accumulator = {
  name: 'user_click_rate',
  entity: 'USER',
  description: 'Clicks of a user on items shown to the user, per impression. Both are decayed with a half-life of 30 days.',
  roles: ['impression', 'click'],
  expires: 'user',
  parts: [EXPOSURE],
  reduce: ({ user, exposures }) => {
    if (exposures.length === 0) return
    const { sum, epoch } = user.get(EXPOSURE)
    for (const { isClick, at } of exposures) {
      addDecayedCell(sum, epoch, 0, isClick ? 0 : 1, at, HALF_LIFE)
      addDecayedCell(sum, epoch, 1, isClick ? 1 : 0, at, HALF_LIFE)
    }
  },
  merge: (into, from) => mergeDecayedCells(into.get(EXPOSURE), from.get(EXPOSURE)),
  features: [
    {
      name: 'user_ctr_30d',
      entity: 'USER',
      description:
        'Click rate of the user, from clicks and impressions that are decayed with a half-life of 30 days, smoothed towards the rate of the whole shop. ' +
        FOLLOWING,
      unit: 'clicks per impression',
      missing: NO_IMPRESSIONS,
      column: (input) => {
        const { sum, epoch } = input.user.get(EXPOSURE)
        const [impressions = 0, clicks = 0] = decayedCells(sum, epoch, input.user.timeAt(input.now), HALF_LIFE)
        const value = smoothing(shopClickRate(input))(clicks, impressions)
        return () => value
      },
    },
  ],
}

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
