import { describe, expect, it, vi } from 'vitest'
import { NEW_FOR } from '../../src/candidates/trending.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { NO_EXPERIMENT } from '../../src/domain/experiment.ts'
import { setRules } from '../../src/events/set-rules.ts'
import type { Service } from '../../src/service/service.ts'
import type { Json } from '../../src/state/user-value.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { heldOutAndOther } from '../support/held-out-user.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const SHOP: Record<string, { [name: string]: Json }> = {
  a: { brand: 'lux', price: 10, tags: ['red', 'new'] },
  b: { brand: 'lux', price: 20, tags: ['red'] },
  c: { brand: 'nox', price: 30 },
  d: { brand: 'nox', price: 40, tags: ['new'] },
  e: { brand: 'pax', price: 50 },
  f: { price: 60 },
}

/** In order of popularity: a, b, c, d. Uploaded after these, and never seen: e, f. */
async function fill(service: Service, clock: SettableClock): Promise<void> {
  for (const [itemId, attributes] of Object.entries(SHOP)) {
    clock.advance(1000)
    await service.uploads.upsertItems([{ itemId, attributes }])
  }
  // None is brought as new.
  clock.advance(NEW_FOR + 1000)
  const views = ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'd']
  await service.ingest.record(views.map((itemId, i) => ({ userId: `other${i}`, itemId, eventType: 'view' })))
  await service.store.settle()
}

async function openShop(open: typeof openTestService) {
  const clock = new SettableClock()
  const service = await open({ clock })
  await fill(service, clock)
  const ask = asker(service)
  const recommend = async (rules: object | null, more: object = {}): Promise<SlateAnswer> =>
    slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 4, rules, ...more } }))
  const ids = async (rules: object | null, more?: object) => itemIds(await recommend(rules, more)).join('')
  const warnings = async (rules: object | null, more?: object) =>
    (await recommend(rules, more)).warnings.map(({ code, field }) => [code, field])
  return { service, ask, recommend, ids, warnings }
}

onEachStoreWhenLong('rules of a request', (open) => {
  it('exclude and filter items, and other items fill the slate', async () => {
    const { ids, warnings, service } = await openShop(open)
    expect(await ids(null)).toBe('abcd')
    expect(await ids({ exclude: ['a', 'c', 'nobody'] })).toBe('bdfe')
    expect(await ids({ filter: { attribute: { name: 'price', gte: 40 } } })).toBe('dfe')
    expect(await warnings({ filter: { attribute: { name: 'price', gte: 40 } } })).toEqual([['TOO_FEW_ITEMS', null]])
    expect(await ids({ filter: { feature: { name: 'item_views', lt: 3 } } })).toBe('cdfe')
    await service.ingest.record([
      { userId: 'me', itemId: 'a', eventType: 'purchase' },
      { userId: 'me', itemId: 'c', eventType: 'view' },
    ])
    await service.store.settle()
    expect(await ids({ excludePurchased: true }, { first: 6 })).toMatch(/^(?!.*a).{5}$/)
    expect(await ids({ excludeSeen: true })).toMatch(/^bdfe$/)
    // A feature of the user and item, of candidates and of what they are filled up with.
    expect(await ids({ filter: { feature: { name: 'pair_views', lt: 1 } } })).toMatch(/^(?=.*a)(?!.*c).{4}$/)
    expect(await ids({ filter: { feature: { name: 'pair_purchases', gte: 1 } } })).toBe('a')
  })

  it('boost and bury items by multiplying their scores', async () => {
    const { recommend, ids } = await openShop(open)
    const before = await recommend({})
    const boosted = await recommend({ boost: [{ filter: { attribute: { name: 'brand', eq: 'nox' } }, factor: 2 }] })
    const scoreOf = ({ items }: SlateAnswer, itemId: string) => items.find(({ item }) => item.itemId === itemId)?.score
    expect(itemIds(boosted)).toEqual(['c', 'd', 'a', 'b'])
    expect(scoreOf(boosted, 'c')).toBeCloseTo(2 * scoreOf(before, 'c')!, 12)
    expect(scoreOf(boosted, 'a')).toBe(scoreOf(before, 'a'))
    expect(await ids({ boost: [{ filter: { feature: { name: 'item_views', gt: 2 } }, factor: 0 }] })).toBe('cdab')
    const both = [2, 0.1].map((factor) => ({ filter: { and: [] }, factor }))
    expect(scoreOf(await recommend({ boost: both }), 'a')).toBeCloseTo(0.2 * scoreOf(before, 'a')!, 12)
  })

  it('limit the items with the same value, or with the same element of a list', async () => {
    const { ids, warnings } = await openShop(open)
    expect(await ids({ limitPer: [{ attribute: 'brand', limit: 1 }] })).toBe('acfe')
    expect(await ids({ limitPer: [{ attribute: 'tags', limit: 1 }] })).toBe('acfe')
    const two = [2, 1].map((limit) => ({ attribute: 'brand', limit }))
    expect(await ids({ limitPer: two })).toBe('acfe')
    expect(await warnings({ limitPer: [{ attribute: 'brand', limit: 1 }] }, { first: 5 })).toEqual([['TOO_FEW_ITEMS', null]])
  })

  it('put different items above similar ones', async () => {
    const { ids } = await openShop(open)
    expect(await ids({ diversity: 0 })).toBe('abcd')
    expect(await ids({ diversity: 1 })).toBe('acbd')
    expect(await ids({ diversity: 0.01 })).toBe('abcd')
  })

  it('put less popular items above items of about the same relevance', async () => {
    const { ids, service } = await openShop(open)
    expect(await ids({ diversity: 0.3 })).toMatch(/^d/)
    await service.ingest.record(Array.from({ length: 9 }, (_, i) => ({ userId: `more${i}`, itemId: 'd', eventType: 'view' })))
    await service.store.settle()
    expect(await ids({ diversity: 0 })).toBe('dabc')
    expect(await ids({ diversity: 0.3 })).toMatch(/^c/)
  })

  it('keep buried items below all others, however different they are', async () => {
    const { ids } = await openShop(open)
    const boost = [{ filter: { attribute: { name: 'brand', eq: 'lux' } }, factor: 0 }]
    expect(await ids({ boost, diversity: 1 })).toBe('cdab')
    expect(await ids({ boost, diversity: 0.3 })).toMatch(/^(cd|dc)/)
  })

  it('leave out other variants of items on screen, in the cart or just bought', async () => {
    const variants = { a: 'shirt', c: 'shirt', b: 'cap', e: 'cap' }
    const grouped = async (openService: typeof openTestService) => {
      const shop = await openShop(openService)
      for (const [itemId, group] of Object.entries(variants))
        await shop.service.uploads.upsertItems([{ itemId, attributes: { ...SHOP[itemId], item_group_id: group } }])
      return shop
    }
    const { ids, warnings, service } = await grouped(open)
    expect(await ids(null, { first: 6 })).toBe('abdf')
    // On the page of one shirt there is no other, and no cap is lost by it.
    expect(await ids(null, { first: 6, anchorItemIds: ['a'] })).toBe('bdf')
    expect(await ids(null, { first: 6, anchorItemIds: ['c'] })).toBe('bdf')
    expect(await ids(null, { first: 6, anchorItemIds: ['d'] })).toBe('abf')
    expect(await ids(null, { first: 6, anchorItemIds: ['nobody'] })).toBe('abdf')
    const pin = [{ itemId: 'c', position: 1 }]
    expect(await warnings({ pin }, { first: 3, anchorItemIds: ['a'] })).toEqual([['PIN_UNAVAILABLE', 'pin.0.itemId']])
    // What is in the cart itself may be shown, and nothing else of its kind; until it is taken out.
    const shown = async (exclude: readonly string[] = []) => [...(await ids({ exclude }, { first: 6 }))].sort().join('')
    const act = async (eventType: string, itemId: string) => {
      await service.ingest.record([{ userId: 'me', itemId, eventType }])
      await service.store.settle()
    }
    await act('add_to_cart', 'e')
    expect(await shown()).toBe('adef')
    expect(await shown(['e'])).toBe('adf')
    await act('remove_from_cart', 'e')
    expect(await shown(['e'])).toBe('abdf')
    await act('purchase', 'c')
    expect(await shown(['e'])).toBe('bcdf')
    expect(await shown(['c', 'e'])).toBe('bdf')
    const { ids: ofEpisodes } = await grouped((settings) =>
      open({ ...settings, domain: { ...eCommerce, showsOwnVariants: true } }),
    )
    expect(await ofEpisodes(null, { first: 6, anchorItemIds: ['a'] })).toBe('bcdf')
  })

  it('use the diversity of the domain by default, but not for the hold-out', async () => {
    const experiment = { ...NO_EXPERIMENT, holdOut: 0.5 }
    const { service, ids } = await openShop((settings) =>
      open({ ...settings, domain: { ...eCommerce, diversity: 1, experiment } }),
    )
    const [heldOut, other] = heldOutAndOther(experiment)
    const everyone = { userId: other }
    expect(await ids(null, everyone)).toBe('acbd')
    expect(await ids({ diversity: 0 }, everyone)).toBe('abcd')
    expect(await ids(null, { userId: heldOut })).toBe('abcd')
    await setRules(service, undefined, { diversity: 0 })
    expect(await ids(null, everyone)).toBe('abcd')
  })

  it('pin an item above all other rules except those on which items may be shown', async () => {
    const { recommend, ids, warnings, service } = await openShop(open)
    const pinned = await recommend({ pin: [{ itemId: 'f', position: 2 }] })
    expect(itemIds(pinned)).toEqual(['a', 'f', 'b', 'c'])
    expect(pinned.items[1]).toMatchObject({ reason: { code: 'PINNED', text: 'Our selection' }, sources: [{ name: 'pin' }] })
    expect(pinned.warnings).toEqual([])
    // One that is a candidate stands there once.
    expect(await ids({ pin: [{ itemId: 'a', position: 3 }] })).toBe('bcad')
    // Pins count for limitPer: others give way.
    const limitPer = [{ attribute: 'brand', limit: 1 }]
    expect(await ids({ limitPer, pin: [{ itemId: 'b', position: 4 }] })).toBe('cfeb')
    const tooMany = ['a', 'b'].map((itemId, i) => ({ itemId, position: i + 1 }))
    expect(await ids({ limitPer, pin: tooMany })).toBe('acfe')
    expect(await warnings({ limitPer, pin: tooMany })).toEqual([['PIN_CONFLICT', 'pin.1.itemId']])
    const pin = [{ itemId: 'a', position: 2 }]
    const unavailable = [['PIN_UNAVAILABLE', 'pin.0.itemId']]
    expect(await warnings({ pin, exclude: ['a'] })).toEqual(unavailable)
    expect(await warnings({ pin }, { anchorItemIds: ['a'] })).toEqual(unavailable)
    expect(await warnings({ pin, filter: { attribute: { name: 'price', gt: 10 } } })).toEqual(unavailable)
    expect(await warnings({ pin, filter: { feature: { name: 'item_views', lt: 4 } } })).toEqual(unavailable)
    expect(await warnings({ pin: [{ itemId: 'nobody', position: 1 }] })).toEqual(unavailable)
    await service.uploads.upsertItems([{ itemId: 'a', attributes: {}, available: false }])
    expect(await warnings({ pin })).toEqual(unavailable)
    // Too few stand before it.
    const filter = { attribute: { name: 'price', gte: 50 } }
    expect(await ids({ filter, pin: [{ itemId: 'f', position: 4 }] })).toBe('ef')
    expect(await warnings({ filter, pin: [{ itemId: 'f', position: 4 }] })).toEqual([
      ['PIN_CONFLICT', 'pin.0.position'],
      ['TOO_FEW_ITEMS', null],
    ])
  })

  it('can be tried in a preview, which is not stored', async () => {
    const { service, recommend } = await openShop(open)
    const put = vi.spyOn(service.store, 'putSlate')
    const { recommendationId } = await recommend({ exclude: ['a'] }, { preview: true })
    expect(put).not.toHaveBeenCalled()
    expect(await service.store.getSlate(recommendationId)).toBeUndefined()
    await recommend({ exclude: ['a'] })
    expect(put).toHaveBeenCalledOnce()
  })
})

describe('rules', () => {
  it('name attributes that no item has in warnings', async () => {
    const { warnings, ids } = await openShop(openTestService)
    const filter = { or: [{ attribute: { name: 'colour', eq: 'red' } }, { attribute: { name: 'price', gt: 0 } }] }
    const boost = [{ filter: { not: { attribute: { name: 'size' } } }, factor: 2 }]
    const limitPer = [{ attribute: 'maker', limit: 1 }]
    expect(await warnings({ filter, boost, limitPer })).toEqual([
      ['UNKNOWN_ATTRIBUTE', 'filter.or.0.attribute.name'],
      ['UNKNOWN_ATTRIBUTE', 'boost.0.filter.not.attribute.name'],
      ['UNKNOWN_ATTRIBUTE', 'limitPer.0.attribute'],
    ])
    expect(await ids({ filter, boost, limitPer })).toBe('abcd')
  })

  it.each<[object, string]>([
    [{ boost: [{ filter: { and: [] }, factor: -1 }] }, 'rules.boost.0.factor is -1: use a value from 0 to 1000.'],
    [{ boost: [{ filter: { and: [] }, factor: 1e300 }] }, 'rules.boost.0.factor is 1e+300: use a value from 0 to 1000.'],
    [{ boost: new Array(51).fill({ filter: { and: [] }, factor: 1 }) }, 'rules.boost has 51 entries; at most 50 are allowed.'],
    [
      { boost: [{ filter: { feature: { name: 'nonsense' } }, factor: 1 }] },
      'rules.boost.0.filter.feature.name: unknown feature nonsense.',
    ],
    [
      { filter: { feature: { name: 'session_length' } } },
      'rules.filter.feature.name: session_length is a feature of SESSION, not of ITEM or ATTRIBUTE or USER_ITEM or USER or CONTEXT.',
    ],
    [{ filter: { and: [{ attribute: { name: '' } }] } }, 'rules.filter.and.0.attribute.name has 0 characters'],
    [{ limitPer: [{ attribute: 'brand', limit: 0 }] }, 'rules.limitPer.0.limit is 0: use a value from 1 to 1000.'],
    [{ limitPer: [{ attribute: 'brand', limit: 2e9 }] }, 'rules.limitPer.0.limit is 2000000000: use a value from 1 to 1000'],
    [{ limitPer: [{ attribute: '', limit: 1 }] }, 'rules.limitPer.0.attribute has 0 characters'],
    [{ limitPer: new Array(11).fill({ attribute: 'a', limit: 1 }) }, 'rules.limitPer has 11 entries; at most 10 are allowed.'],
    [{ diversity: 1.1 }, 'rules.diversity is 1.1: use a value from 0 to 1.'],
    [{ diversity: -0.1 }, 'rules.diversity is -0.1: use a value from 0 to 1.'],
    [{ pin: [{ itemId: 'a', position: 0 }] }, 'rules.pin.0.position is 0: use a value from 1 to 4.'],
    [{ pin: [{ itemId: 'a', position: 5 }] }, 'rules.pin.0.position is 5: use a value from 1 to 4.'],
    [
      { pin: ['a', 'b'].map((itemId) => ({ itemId, position: 2 })) },
      'rules.pin.1.position is 2, which pin.0 already gives to a: use a different position for each pin.',
    ],
    [
      { pin: [1, 2].map((position) => ({ itemId: 'a', position })) },
      'rules.pin.1.itemId is a, which pin.0 already pins to position 1: pin each item only once.',
    ],
  ])('%j are refused', async (rules, message) => {
    const { ask } = await openShop(openTestService)
    const { errors } = await ask(RECOMMEND, { input: { userId: 'me', first: 4, rules } })
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('that are not finite are refused', async () => {
    const { ask } = await openShop(openTestService)
    const { errors } = await ask('{ recommendations(input: { userId: "me", rules: { diversity: 1e999 } }) { recommendationId } }')
    expect(errors).toMatchObject([{ message: expect.stringContaining('1e999 is too large') }])
  })
})
