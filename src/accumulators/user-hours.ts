import { addDecayedCell, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { tablePart } from '../state/user-value.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'

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
