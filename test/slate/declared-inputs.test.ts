import { expect, it } from 'vitest'
import { defineDomain } from '../../src/domain/define-domain.ts'
import { DECLARED } from '../support/declaring-shop.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { REQUEST } from '../support/slate-request.ts'

/** The shop, in which every slate explores, and the reward of an item is predicted from what is known about user and request. */
const DOMAIN = defineDomain({
  ...DECLARED,
  extends: 'e-commerce',
  name: 'exploring',
  exploration: {
    inputs: {
      item_coec_7d: null,
      pair_category_share: null,
      pair_session_category_share: null,
      pair_brand_share: null,
      pair_ignored: null,
      user_member: { missing: 0.5 },
      context_temperature: { from: -10, to: 30 },
      context_country_at: {},
    },
    elsewhere: { position: 2, share: 1, randomised: 0 },
  },
})

bothStoresWhenLong((open) => {
  it('declared attributes of the user and the request are inputs of exploration', async () => {
    const service = await open({ domain: DOMAIN, explores: true })
    const items = Array.from({ length: 20 }, (_, n) => ({ itemId: `i${n}`, attributes: { category: 'a', price: n + 1 } }))
    await service.uploads.upsertItems(items)
    await service.uploads.upsertUsers([{ userId: 'me', attributes: { member: true } }])
    const inputsOf = async (userId: string, context: Record<string, string | number>) => {
      const { explored } = await service.recommender.recommend({ ...REQUEST, userId, surface: 'home', context }, 'INITIAL')
      return explored?.inputs
    }
    // In steps from 0 to 90.
    expect(await inputsOf('me', { temperature: 30, country: 'at' })).toEqual([90, 90, 90])
    expect(await inputsOf('you', { temperature: 10, country: 'de' })).toEqual([45, 45, 0])
    // A missing temperature counts as 0 degrees, a quarter of the way from -10 to 30.
    expect(await inputsOf('else', {})).toEqual([45, 23, 0])
  })
})
