import { addDecayedCell, decayedCells, mergeDecayedCell } from '../state/decay.ts'
import { tablePart } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { oncePerInput } from './feature-input.ts'

/** Families of devices that are counted separately. All other device names count as `other`. */
export const DEVICE_FAMILIES = ['ios', 'android', 'mobile', 'tablet', 'desktop', 'tv', 'other'] as const
type DeviceFamily = (typeof DEVICE_FAMILIES)[number]

/** Returns the family of a device that an app names, in any case of letters. */
export function deviceFamily(name: string): DeviceFamily {
  const lower = name.toLowerCase()
  if (lower === 'phone') return 'mobile'
  return DEVICE_FAMILIES.find((family) => family === lower) ?? 'other'
}

const HALF_LIFE = 30 * DAY

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
