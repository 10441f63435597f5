import { describe, expect, it, vi } from 'vitest'
import type { FeatureInput, SourceStanding } from '../../src/accumulators/feature-input.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { Ranker } from '../../src/ranking/model-ranker.ts'
import { order, rank } from '../../src/slate/rank.ts'
import { readFeatureInput } from '../../src/slate/read-feature-input.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { START } from '../support/settable-clock.ts'
import { accumulators, userWhoDid } from '../support/user-who-did.ts'

const NOT_LISTED = Number.NaN

function standing(...ranks: number[]): SourceStanding {
  return { ranks: Float64Array.from(ranks), scores: new Float64Array(ranks.length), generatedAt: START }
}

async function inputOf(itemIds: string[], sources: Record<string, SourceStanding>): Promise<FeatureInput> {
  const store = new MemoryStore({ layout: accumulators.layout, lateness: 0, wall: () => START })
  const user = userWhoDid([{ itemId: 'b' }, { itemId: 'b' }])
  const request = { now: START, user, session: undefined, itemIds, sources: new Map(Object.entries(sources)) }
  return readFeatureInput(request, store, accumulators, eCommerce, new Catalogue(eCommerce.attributes))
}

describe('ranking', () => {
  it('merges the ranks of the sources if no model ranks', async () => {
    const input = await inputOf(['a', 'b', 'c', 'd'], {
      item_to_item: standing(1, NOT_LISTED, 3, NOT_LISTED),
      offline: standing(NOT_LISTED, 1, NOT_LISTED, NOT_LISTED),
      trending: standing(2, 1, NOT_LISTED, NOT_LISTED),
      recent: standing(NOT_LISTED, NOT_LISTED, 1, NOT_LISTED),
      another: standing(NOT_LISTED, NOT_LISTED, NOT_LISTED, 5),
    })
    const { scores, model } = await rank(input, undefined, accumulators)
    expect(model).toBeUndefined()
    expect(Array.from(scores)).toEqual(
      [1 / 11 + 0.4 / 12, 0.8 / 11 + 0.4 / 11, 1 / 13 + 0.3 / 11, 0.5 / 15].map((score) => expect.closeTo(score, 12)),
    )
  })

  it('gives a model its features by name, in the order of the model, and uses its scores', async () => {
    const input = await inputOf(['a', 'b'], { trending: standing(NOT_LISTED, 4) })
    const features = ['trending_rank', 'pair_views', 'position']
    const score = vi.fn<Ranker['score']>(async () => Float32Array.of(0.25, 0.75))
    const constants = new Map([['position', 1]])
    const ranked = await rank(input, { name: 'a-model', features, constants, score }, accumulators)
    expect(ranked).toMatchObject({ scores: Float32Array.of(0.25, 0.75), model: 'a-model' })
    expect(score).toHaveBeenCalledExactlyOnceWith(Float32Array.of(Number.NaN, 0, 1, 4, 2, 1), 2)
  })

  it('uses the constant that a model names for positions, even if a feature has the same name', async () => {
    const score = vi.fn<Ranker['score']>(async () => Float32Array.of(0.25, 0.75))
    const constants = new Map([['pair_views', 1]])
    await rank(await inputOf(['a', 'b'], {}), { name: 'a-model', features: ['pair_views'], constants, score }, accumulators)
    expect(score).toHaveBeenCalledExactlyOnceWith(Float32Array.of(1, 1), 2)
  })

  it('calls no model without candidates', async () => {
    const score = vi.fn<Ranker['score']>()
    const ranker = { name: 'a-model', features: ['pair_views'], constants: new Map(), score }
    const { scores, model } = await rank(await inputOf([], {}), ranker, accumulators)
    expect([Array.from(scores), model]).toEqual([[], undefined])
    expect(score).not.toHaveBeenCalled()
  })
})

describe('the order of rows', () => {
  it('is by score, highest first, and by item id if scores are equal', () => {
    expect(order(['d', 'b', 'c', 'a'], [1, 2, 1, 2])).toEqual([3, 1, 2, 0])
    expect(order([], [])).toEqual([])
  })
})
