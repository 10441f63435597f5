import { expect, it } from 'vitest'
import { MOST_READ } from '../../src/rules/matching-items.ts'
import { openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

it('a filter without conditions on features also selects items whose features are not read', async () => {
  const service = await openOn(undefined, { dataDir: null })
  const upload = async (ids: readonly string[], brand: string) => {
    service.clock.advance(1000)
    for (let from = 0; from < ids.length; from += 1000)
      await service.uploads.upsertItems(ids.slice(from, from + 1000).map((itemId) => ({ itemId, attributes: { brand } })))
  }
  await upload(['oldest'], 'Lux')
  await upload(
    Array.from({ length: MOST_READ + 10 }, (_, n) => `newer ${n}`),
    'Nox',
  )
  const filter = { or: [{ attribute: { name: 'brand', eq: 'Lux' } }, { feature: { name: 'item_popularity_7d', gt: 1e6 } }] }
  const { items } = await service.recommender.recommend({ ...REQUEST, first: 3, rules: { filter } }, 'INITIAL')
  expect(items.map(({ itemId }) => itemId)).toEqual(['oldest'])
})
