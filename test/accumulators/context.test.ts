import { describe, expect, it } from 'vitest'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { featureInput, Shop } from '../support/features.ts'

describe('the context', () => {
  it('has the hour as an angle, and whether it is a weekend, in UTC', async () => {
    const shop = await Shop.open()
    // Monday, 10:00: 150 degrees.
    expect(await shop.feature('hour_sin')).toBeCloseTo(0.5, 6)
    expect(await shop.feature('hour_cos')).toBeCloseTo(-Math.sqrt(3) / 2, 6)
    expect(await shop.feature('hour')).toBe(10)
    expect(await shop.feature('is_weekend')).toBe(0)
    shop.clock.advance(4 * DAY + 14 * HOUR - 1)
    expect(await shop.feature('is_weekend')).toBe(0)
    shop.clock.advance(1)
    expect(await shop.feature('is_weekend')).toBe(1)
    expect(await shop.feature('hour')).toBe(0)
    shop.clock.advance(2 * DAY)
    expect(await shop.feature('is_weekend')).toBe(0)
  })
})

describe('the surface and the device of the request', () => {
  it('are flags, and missing if the request names none', async () => {
    const shop = await Shop.open()
    const flags = async (surface?: string) => [
      await shop.feature('context_surface_home', 'i1', { ...(surface && { surface }) }),
      await shop.feature('context_surface_cart', 'i1', { ...(surface && { surface }) }),
    ]
    expect(await flags()).toEqual([Number.NaN, Number.NaN])
    expect(await flags('home')).toEqual([1, 0])
    expect(await flags('elsewhere')).toEqual([0, 0])
    const device = async (name?: string) =>
      featureMatrix(
        ['ios', 'mobile', 'other'].map((family) => shop.service.accumulators.features.get(`context_device_${family}`)!),
        { ...(await featureInput(shop.service)), device: name },
      )
    expect([...(await device())]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect([...(await device('iOS'))]).toEqual([1, 0, 0])
    expect([...(await device('phone'))]).toEqual([0, 1, 0])
    expect([...(await device('fridge'))]).toEqual([0, 0, 1])
  })

  it('is the day of the week, Monday first', async () => {
    const shop = await Shop.open()
    const days: number[] = []
    for (let day = 0; day < 7; day++) {
      days.push(await shop.feature('weekday'))
      shop.clock.advance(DAY)
    }
    expect(days).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})
