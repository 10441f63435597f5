import { describe, expect, it } from 'vitest'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { heldOutAndOther } from '../support/held-out-user.ts'
import { openTestService } from '../support/server.ts'
import { visitSite } from '../support/visited-site.ts'

const openSite = (open: typeof openTestService, domain: Domain) => visitSite(open, domain, 'abcdefgh')

onEachStoreWhenLong('of what the user acted on, a slate leaves out', (open) => {
  it('in a shop, what was bought, and at home also what was looked at in this session', async () => {
    const { act, missing, shown, clock } = await openSite(open, DOMAINS['e-commerce'])
    await act(['purchase', 'a'], ['view', 'b'])
    clock.advance(HOUR)
    await act(['view', 'c'], ['click', 'd'], ['add_to_cart', 'e'], ['like', 'f'])
    expect(await missing()).toBe('af')
    expect(await missing('category')).toBe('af')
    expect(await missing('home')).toBe('acdf')
    expect(await missing('home', { anchorItemIds: ['g'] })).toBe('acdfg')
    expect(await shown('recently_viewed')).toBe('dcb')
    clock.advance(40 * DAY)
    // After so long, only what was bought is known.
    expect(await missing('home')).toBe('a')
    expect(await shown('recently_viewed')).toBe('')
  })

  it('on a news site, what was read', async () => {
    const { act, missing } = await openSite(open, DOMAINS.news)
    await act(['read', 'a'], ['view', 'b'], ['view', 'c'])
    expect(await missing()).toBe('ac')
    expect(await missing('article', { anchorItemIds: ['c'] })).toBe('ac')
  })

  it('on a video site, what was watched to the end: the rest goes on in its own row', async () => {
    const { act, missing, shown } = await openSite(open, DOMAINS.video)
    await act(['play', 'a'], ['play', 'b'], ['progress', 'b'], ['complete', 'a'], ['play', 'c'], ['view', 'd'])
    expect(await missing()).toBe('ad')
    expect(await missing('up_next')).toBe('ad')
    expect(await shown('continue')).toBe('cb')
  })

  it('on a job board, what the user applied for or dismissed', async () => {
    const { act, missing } = await openSite(open, DOMAINS['job-board'])
    await act(['apply', 'a'], ['dismiss', 'b'], ['view', 'c'], ['save', 'd'])
    expect(await missing()).toBe('abd')
    // Saved jobs stay among the saved ones.
    expect(await missing('saved')).toBe('ab')
  })

  it('in a catalogue of courses, those in which the user is enrolled, which go on in their own row', async () => {
    const { act, missing, shown } = await openSite(open, DOMAINS.courses)
    await act(['enrol', 'a'], ['enrol', 'b'], ['lesson', 'a'], ['complete', 'b'], ['preview', 'c'], ['view', 'd'])
    expect(await missing()).toBe('abd')
    expect(await shown('continue')).toBe('a')
  })

  it('in a game store, what the user has, but not where it is played', async () => {
    const { act, missing, shown } = await openSite(open, DOMAINS.games)
    await act(['get', 'a'], ['play', 'b'], ['get', 'c'], ['uninstall', 'c'], ['view', 'd'])
    expect(await missing()).toBe('acd')
    expect(await missing('library')).toBe('')
    expect(await shown('continue')).toBe('ba')
  })
})

onEachStoreWhenLong('the default of a domain', (open) => {
  it('gives way to rules, and to pins; given candidates have none', async () => {
    const { act, missing, slate } = await openSite(open, DOMAINS['e-commerce'])
    await act(['purchase', 'a'], ['view', 'b'], ['view', 'c'])
    expect(await missing('home')).toBe('abc')
    expect(await missing('home', { rules: { seen: [] } })).toBe('')
    expect(await missing('home', { rules: { seen: [{ types: ['purchase'] }] } })).toBe('a')
    expect(await missing('home', { rules: { excludeSeen: false } })).toBe('abc')
    const pin = [{ itemId: 'b', position: 1 }]
    expect(await missing('home', { rules: { pin } })).toBe('ac')
    expect((await slate('home', { rules: { pin }, first: 2 })).items[0]).toMatchObject({ item: { itemId: 'b' } })
    const candidates = ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId }))
    expect(await missing('home', { candidates })).toBe('efgh')
    expect((await slate('home')).warnings.map(({ code }) => code)).toEqual(['TOO_FEW_ITEMS'])
    expect((await slate('home', { preview: true, rules: { diversity: 0 } })).items).toHaveLength(5)
  })

  it('is that of the surface in place of that of the domain', async () => {
    const domain = defineDomain({
      extends: 'e-commerce',
      seen: [{ types: ['purchase'] }],
      surfaces: { home: { seen: null }, outlet: { seen: [] }, category: { seen: [{ types: ['view'], within: { hours: 1 } }] } },
    })
    const { act, missing, clock } = await openSite(open, domain)
    await act(['purchase', 'a'], ['view', 'b'])
    expect(await missing('home')).toBe('a')
    expect(await missing('outlet')).toBe('')
    expect(await missing('category')).toBe('b')
    clock.advance(2 * HOUR)
    expect(await missing('category')).toBe('')
  })
})

describe('the default of a domain', () => {
  it('leaves out the item of the last event in every built-in domain, on every surface but rows of the user', async () => {
    for (const domain of Object.values(DOMAINS)) {
      const { act, missing } = await openSite(openTestService, domain)
      await act(['view', 'a'], ['view', 'b'])
      // What was looked at may go into the cart of a grocer.
      const own = ['recently_viewed', 'continue', 'library', 'saved', ...(domain.name === 'groceries' ? ['cart'] : [])]
      for (const surface of domain.surfaces.filter((name) => !own.includes(name)))
        expect([domain.name, surface, (await missing(surface)).includes('b')]).toEqual([domain.name, surface, true])
    }
  })

  it('is not for users who are held out: they all see the same', async () => {
    const experiment = { ...DOMAINS['e-commerce'].experiment, holdOut: 0.5 }
    const { service, missing } = await openSite(openTestService, { ...DOMAINS['e-commerce'], experiment })
    const [userId] = heldOutAndOther(experiment)
    await service.ingest.record([{ userId, eventType: 'purchase', itemId: 'a' }])
    expect(await missing('home', { userId })).toBe('')
  })
})
