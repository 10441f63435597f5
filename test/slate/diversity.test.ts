import { expect, it } from 'vitest'
import { similarity } from '../../src/slate/diversity.ts'
import { openTestService } from '../support/server.ts'
import { REQUEST } from '../support/slate-request.ts'

const BRANDS = {
  s: undefined,
  near: undefined,
  nearToo: undefined,
  hit: undefined,
  hitToo: undefined,
  lux: 'lux',
  luxToo: 'lux',
  nox: 'nox',
}

/** Others went from s to what is near, and look at the rest by itself; `me` has looked at s. */
async function openShop() {
  const service = await openTestService()
  const items = Object.entries(BRANDS).map(([itemId, brand]) => ({ itemId, attributes: brand === undefined ? {} : { brand } }))
  await service.uploads.upsertItems(items)
  const views = [
    ...['near', 'nearToo'].flatMap((itemId) =>
      [1, 2, 3].flatMap((n) => [
        { userId: `${itemId}${n}`, itemId: 's' },
        { userId: `${itemId}${n}`, itemId },
      ]),
    ),
    ...['hit', 'hitToo', 'lux', 'luxToo', 'nox'].map((itemId) => ({ userId: `one of ${itemId}`, itemId })),
    { userId: 'me', itemId: 's' },
  ]
  for (const view of views) await service.ingest.record([{ ...view, eventType: 'view' }])
  return async (userId: string) => {
    const { input } = await service.recommender.candidates({ ...REQUEST, userId })
    const alike = similarity(input)
    return (a: keyof typeof BRANDS, b: keyof typeof BRANDS) => alike(input.itemIds.indexOf(a), input.itemIds.indexOf(b))
  }
}

it('similarity uses only attributes for an unknown user', async () => {
  const alike = await (await openShop())('nobody')
  expect(alike('lux', 'luxToo')).toBe(1)
  expect(alike('lux', 'nox')).toBe(0)
  expect(alike('lux', 'hit')).toBe(0)
  expect(alike('hit', 'hitToo')).toBe(0)
})

it('similarity also uses which items go with recent items of the user', async () => {
  const alike = await (await openShop())('me')
  expect(alike('near', 'nearToo')).toBeGreaterThan(0.95)
  expect(alike('near', 'hit')).toBeLessThan(0.1)
  expect(alike('lux', 'near')).toBeLessThan(0.05)
})

// What is popular and no more once counted as different from everything, and took the places of what goes with recent items.
it('items that go with no recent item are similar in this respect', async () => {
  const alike = await (await openShop())('me')
  expect(alike('hit', 'hitToo')).toBeCloseTo(1, 9)
  expect(alike('lux', 'luxToo')).toBeCloseTo(1, 9)
  expect(alike('lux', 'nox')).toBeCloseTo(1 / 2, 9)
})
