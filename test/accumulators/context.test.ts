import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/state/decay.ts'
import { Shop } from '../support/features.ts'

describe('the context', () => {
  it('is the hour as an angle, and whether it is a weekend, by UTC', async () => {
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
