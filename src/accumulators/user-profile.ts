import { addDecayedCell, decayedCells, mergeDecayedCell, mergeDecayedCells } from '../state/decay.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY, HOUR } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { oncePerInput } from './once-per-input.ts'

const HALF_LIFE = 30 * DAY

/** Device families that are counted separately. All other device names count as `other`. */
export const DEVICES = ['ios', 'android', 'mobile', 'tablet', 'desktop', 'tv', 'other'] as const
type Device = (typeof DEVICES)[number]

const DEVICE = tablePart(
  'device',
  1,
  { device: 'text', sum: 'real', epoch: 'count' },
  { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
)
const HOURS = tablePart('hours', 1, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE })

export function deviceOf(name: string): Device {
  const lower = name.toLowerCase()
  if (lower === 'phone') return 'mobile'
  return DEVICES.find((device) => device === lower) ?? 'other'
}

/** Share of the user's events by device; empty when none of them names one. */
const deviceShares = oncePerInput(({ user, now }) => {
  const { device, sum, epoch } = user.get(DEVICE)
  const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
  const total = weights.reduce((all, weight) => all + weight, 0)
  return new Map(total > 0 ? device.map((name, row) => [name, weights[row] / total]) : [])
})

function deviceShare(device: Device): Feature {
  return {
    name: `user_device_${device}`,
    entity: 'USER',
    description: `Share of the user's events from ${device === 'other' ? 'other devices' : device}`,
    unit: 'share',
    missing: 'when no event of the user names a device',
    column: (input) => {
      const shares = deviceShares(input)
      const share = shares.size > 0 ? (shares.get(device) ?? 0) : Number.NaN
      return () => share
    },
  }
}

function hourWeights(user: UserValue, now: number): number[] {
  const { sum, epoch } = user.get(HOURS)
  return decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
}

export const userProfile: Accumulator = {
  name: 'user_profile',
  entity: 'USER',
  description: 'Devices and hours of day (UTC) at which a user acts, decayed with a half-life of 30 days.',
  roles: [],
  expires: 'user',
  parts: [DEVICE, HOURS],
  reduce: ({ user, facts, time }) => {
    const hours = user.get(HOURS)
    while (hours.sum.length < 24) {
      hours.sum.push(0)
      hours.epoch.push(0)
    }
    addDecayedCell(hours.sum, hours.epoch, Math.floor(time / HOUR) % 24, 1, time, HALF_LIFE)
    if (facts.device === undefined) return
    const devices = user.get(DEVICE)
    const device = deviceOf(facts.device)
    let row = devices.device.indexOf(device)
    if (row < 0) {
      row = devices.device.push(device) - 1
      devices.sum.push(0)
      devices.epoch.push(0)
    }
    addDecayedCell(devices.sum, devices.epoch, row, 1, time, HALF_LIFE)
  },
  merge: (into, from) => {
    mergeDecayedCells(into.get(HOURS), from.get(HOURS))
    const devices = into.get(DEVICE)
    const other = from.get(DEVICE)
    other.device.forEach((name, i) => {
      let row = devices.device.indexOf(name)
      if (row < 0) row = devices.device.push(name) - 1
      mergeDecayedCell(devices.sum, devices.epoch, row, other.sum[i], other.epoch[i])
    })
  },
  features: [
    ...DEVICES.map(deviceShare),
    {
      name: 'user_hour_share',
      entity: 'USER',
      description:
        "Share of the user's events that were in the current hour of the day (UTC), plus one imaginary event spread evenly over 24 hours",
      unit: 'share',
      missing: 'for a user without events',
      column: ({ user, now }) => {
        const weights = hourWeights(user, now)
        const total = weights.reduce((all, weight) => all + weight, 0)
        const value = total > 0 ? (weights[Math.floor(now / HOUR) % 24] + 1 / 24) / (total + 1) : Number.NaN
        return () => value
      },
    },
  ],
}
