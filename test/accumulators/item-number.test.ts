import { describe, expect, it } from 'vitest'
import { jobBoard } from '../../src/domain/job-board.ts'
import { Shop } from '../support/features.ts'

describe('a number attribute that the domain declares', () => {
  it('gives a feature of the item, and a level of the user', async () => {
    const board = await Shop.open({ domain: jobBoard })
    await board.upsert('i1', { salary: 1000 })
    await board.upsert('i2', { salary: 4000 })
    await board.upsert('i3', { title: 'by agreement' })
    expect(await board.features('item_salary', { itemIds: ['i1', 'i2', 'i3', 'i4'] })).toEqual([
      1000,
      4000,
      Number.NaN,
      Number.NaN,
    ])
    expect(await board.feature('user_salary_mean')).toBeNaN()
    await board.view('i1', 'i2', 'i3')
    expect(await board.feature('user_salary_mean')).toBeCloseTo(2000, 2)
    // The logarithms lie ln 2 to either side of the mean: that is the spread.
    expect(await board.features('pair_salary_z', { itemIds: ['i1', 'i2', 'i3'] })).toEqual([
      expect.closeTo(-1, 5),
      expect.closeTo(1, 5),
      Number.NaN,
    ])
  })
})
