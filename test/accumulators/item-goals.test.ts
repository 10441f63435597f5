import { describe, expect, it } from 'vitest'
import { jobBoard } from '../../src/domain/job-board.ts'
import { DAY } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

describe('the goals of an item', () => {
  it('are the events that the domain declares as goals, per view, and decay', async () => {
    const board = await Shop.open({ domain: jobBoard })
    expect(await board.feature('item_goal_rate_7d')).toBeNaN()
    await board.view('i1', 'i1', 'i2')
    await board.record({ eventType: 'save', itemId: 'i2' })
    expect(await board.feature('item_goal_rate_7d')).toBeCloseTo((0 + 1) / (2 + 10_000), 6)
    await board.record({ eventType: 'apply', itemId: 'i1' }, { eventType: 'interview', itemId: 'i1' })
    // The board: 2 goals of 3 views; m = 20.
    const rate = (goals: number, views: number) => expect.closeTo((goals + (20 * 2) / 3) / (views + 20), 6)
    expect(await board.features('item_goal_rate_7d', { itemIds: ['i1', 'i2'] })).toEqual([rate(2, 2), rate(0, 1)])
    board.clock.advance(7 * DAY)
    expect(await board.features('item_goal_rate_7d', { itemIds: ['i1', 'i2'] })).toEqual([rate(1, 1), rate(0, 0.5)])
  })
})
