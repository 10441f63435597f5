import { describe, expect, it } from 'vitest'
import type { SourceStanding } from '../../src/accumulators/feature-input.ts'
import { HOUR } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'
import { START } from '../support/settable-clock.ts'

const NONE = Number.NaN

function standing(ranks: number[], generatedAt = NONE): SourceStanding {
  return { ranks: Float64Array.from(ranks), scores: Float64Array.from(ranks, (rank) => 1 / rank), generatedAt }
}

describe('the standing of a candidate with the sources', () => {
  it('says whether each source proposed it, and its rank on the uploaded list with the age of this list', async () => {
    const shop = await Shop.open()
    const sources = new Map([
      ['offline', standing([2, NONE, 1], START - 3 * HOUR)],
      ['trending', standing([NONE, 4, 1])],
      ['item_to_item', standing([NONE, NONE, 5])],
      ['two_hops', standing([4, NONE, 2])],
    ])
    const question = { itemIds: ['i1', 'i2', 'i3'], sources }
    expect(await shop.features('source_offline', question)).toEqual([1, 0, 1])
    expect(await shop.features('source_trending', question)).toEqual([0, 1, 1])
    expect(await shop.features('source_recent', question)).toEqual([0, 0, 0])
    expect(await shop.features('offline_rank', question)).toEqual([2, NONE, 1])
    expect(await shop.features('offline_age_hours', question)).toEqual([3, NONE, 3])
    expect(await shop.features('trending_rank', question)).toEqual([NONE, 4, 1])
    expect(await shop.features('item_cf_rank', question)).toEqual([NONE, NONE, 5])
    expect(await shop.features('item_two_hops_rank', question)).toEqual([4, NONE, 2])
    expect(await shop.features('item_two_hops_score', question)).toEqual([1 / 4, NONE, 1 / 2])
  })

  it('is missing outside a slate', async () => {
    const shop = await Shop.open()
    for (const name of ['offline_rank', 'offline_age_hours', 'trending_rank', 'item_cf_rank'])
      expect(await shop.feature(name)).toBeNaN()
    expect(await shop.feature('source_offline')).toBe(0)
  })
})
