import { describe, expect, it } from 'vitest'
import type { Feature } from '../../src/accumulators/accumulator.ts'
import { withinSlate } from '../../src/accumulators/candidate-features.ts'
import { featureInput, Shop } from '../support/features.ts'

describe('figures within a slate', () => {
  it('are the rank among the candidates as a share, where ties get the best rank, and the ratio to their mean', async () => {
    const shop = await Shop.open()
    await shop.view('a', 'b', 'b', 'c', 'd', 'd', 'd', 'd')
    const itemIds = ['a', 'b', 'c', 'd', 'never']
    // Popularity 1, 2, 1, 4, 0: mean 1.6.
    expect(await shop.features('item_popularity_1d_rank', { itemIds })).toEqual([0.5, 0.25, 0.5, 0, 1])
    expect(await shop.features('item_popularity_1d_ratio', { itemIds })).toEqual(
      [1, 2, 1, 4, 0].map((x) => expect.closeTo(x / 1.6, 6)),
    )
  })

  it('are missing if the feature is missing, and this candidate does not affect the others', async () => {
    const shop = await Shop.open()
    const shown = (itemId: string) => ({ eventType: 'impression', itemId, eventAttributes: { surface: 'home', position: 1 } })
    await shop.record(shown('a'), { eventType: 'click', itemId: 'a' }, shown('b'))
    // Only b was shown at a position with a rate.
    expect(await shop.features('item_coec_7d_rank', { itemIds: ['a', 'b'] })).toEqual([Number.NaN, 0])
    expect(await shop.features('item_coec_7d_ratio', { itemIds: ['a', 'b'] })).toEqual([Number.NaN, 1])
  })

  it('give the same rank to values that differ only by rounding', async () => {
    const shop = await Shop.open()
    const values = [0.1 + 0.2, 0.3, 0.30001, 0.1]
    const figure: Feature = {
      name: 'figure',
      entity: 'ITEM',
      description: 'A sum.',
      missing: 'never',
      column: () => (row) => values[row],
    }
    const [rank] = withinSlate([figure]).features
    const column = rank.column!(await featureInput(shop.service, { itemIds: ['a', 'b', 'c', 'd'] }))
    expect(values.map((_, row) => column(row))).toEqual([1 / 3, 1 / 3, 0, 1])
  })

  it('have no ratio if the mean is 0', async () => {
    const shop = await Shop.open()
    expect(await shop.features('item_popularity_1d_ratio', { itemIds: ['a', 'b'] })).toEqual([Number.NaN, Number.NaN])
    expect(await shop.features('item_popularity_1d_rank', { itemIds: ['a', 'b'] })).toEqual([0, 0])
    expect(await shop.features('item_popularity_1d_rank', { itemIds: [] })).toEqual([])
  })
})
