import { describe, expect, it } from 'vitest'
import { deviceFamily } from '../../src/accumulators/user-activity.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

const from = (device: string) => ({ eventType: 'view', itemId: 'i1', eventAttributes: { device } })

describe('devices and hours of a user', () => {
  it('give the shares of devices, decayed with a half-life of 30 days', async () => {
    const shop = await Shop.open()
    await shop.record(from('iOS'), from('ios'))
    shop.clock.advance(30 * DAY)
    await shop.record(from('desktop'), from('fridge'), { eventType: 'view' })
    // Two halves, one and one.
    expect(await shop.feature('user_device_ios')).toBeCloseTo(1 / 3, 6)
    expect(await shop.feature('user_device_desktop')).toBeCloseTo(1 / 3, 6)
    expect(await shop.feature('user_device_other')).toBeCloseTo(1 / 3, 6)
    expect(await shop.feature('user_device_tv')).toBe(0)
    expect(['Android', 'TABLET', ''].map(deviceFamily)).toEqual(['android', 'tablet', 'other'])
  })

  it('give the share of events at this hour, with one event spread over the day', async () => {
    const shop = await Shop.open()
    await shop.view('i1', 'i1', 'i1')
    expect(await shop.feature('user_hour_share')).toBeCloseTo((3 + 1 / 24) / (3 + 1), 6)
    shop.clock.advance(HOUR)
    const weight = 3 * 2 ** (-1 / 720)
    expect(await shop.feature('user_hour_share')).toBeCloseTo(1 / 24 / (weight + 1), 6)
  })

  it('are missing without events, and for devices also if no event names a device', async () => {
    const shop = await Shop.open()
    expect(await shop.feature('user_hour_share')).toBeNaN()
    await shop.view('i1')
    expect(await shop.feature('user_device_ios')).toBeNaN()
  })
})
