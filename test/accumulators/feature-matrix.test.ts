import { describe, expect, it } from 'vitest'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { featureInput, Shop } from '../support/features.ts'

describe('the feature matrix', () => {
  it('has a row per item and a column per feature, NaN where missing, also for breakdowns', async () => {
    const shop = await Shop.open()
    await shop.view('i1', 'i1', 'i2')
    const features = ['pair_views', 'item_price', 'user_category_share', 'hour'].map(
      (name) => shop.service.accumulators.features.get(name)!,
    )
    const matrix = featureMatrix(features, await featureInput(shop.service, { itemIds: ['i2', 'i1'] }))
    expect([...matrix]).toEqual([1, Number.NaN, Number.NaN, 10, 2, Number.NaN, Number.NaN, 10])
  })
})
