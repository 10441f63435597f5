import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the recency of an item', () => {
  it('is counted from its first and its last event, by their own times', async () => {
    const shop = await Shop.open()
    const now = shop.clock.now()
    const view = (hoursAgo: number) => ({ eventType: 'view', itemId: 'i1', timestamp: now - hoursAgo * HOUR })
    await shop.record(view(3), view(10), view(5))
    expect(await shop.feature('item_age_hours')).toBe(10)
    expect(await shop.feature('item_idle_hours')).toBe(3)
    await shop.record(view(-1 / 20))
    expect(await shop.feature('item_idle_hours')).toBe(0)
  })

  it('is missing for an item that was never seen', async () => {
    const shop = await Shop.open()
    expect(await shop.feature('item_age_hours')).toBeNaN()
    expect(await shop.feature('item_idle_hours')).toBeNaN()
  })
})
