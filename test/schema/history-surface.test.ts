import { expect, it } from 'vitest'
import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import { NO_EXPERIMENT } from '../../src/domain/experiment.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { heldOutAndOther } from '../support/held-out-user.ts'
import type { ServiceSettings } from '../support/server.ts'
import { itemIds } from '../support/slate-answer.ts'
import { visitSite } from '../support/visited-site.ts'

/** A site that shows what was begun, and what was looked at. */
const SITE = defineDomain({
  name: 'site',
  extends: 'e-commerce',
  diversity: 0.9,
  fading: { factor: 0.1, halfLife: '1d' },
  eventTypes: { begin: { weight: 1 }, finish: { weight: 1 } },
  surfaces: { begun: { history: { types: ['begin'], until: ['finish'] } }, looked_at: { history: {} } },
})

onEachStoreWhenLong('a surface with a history', (open) => {
  const openSite = (settings?: ServiceSettings) =>
    visitSite(open, SITE, 'abcdef', { attributes: { brand: 'lux', price: 1 }, ...settings })

  it('shows only items of the user, latest first, and gives no warning if there are few', async () => {
    const { act, slate, shown } = await openSite()
    expect(await slate('looked_at')).toMatchObject({ items: [], warnings: [] })
    await act(['view', 'a'], ['view', 'd', 'you'], ['purchase', 'b'], ['view', 'c'], ['view', 'a'], ['impression', 'a'])
    const { items, warnings } = await slate('looked_at')
    expect(items.map(({ item, reason, sources }) => [item.itemId, reason.code, sources.map(({ name }) => name)])).toEqual(
      ['a', 'c', 'b'].map((itemId) => [itemId, 'SEEN_BEFORE', ['recent']]),
    )
    expect(warnings).toEqual([])
    expect(await shown('looked_at', { first: 2 })).toBe('ac')
    // Rules apply, and the item on screen is not shown again.
    expect(await shown('looked_at', { rules: { exclude: ['c'] } })).toBe('ab')
    expect(await shown('looked_at', { rules: { seen: [{ types: ['purchase'] }] } })).toBe('ac')
    expect(await shown('looked_at', { anchorItemIds: ['a'] })).toBe('cb')
    const page = await slate('looked_at', { first: 1 })
    expect(await shown('looked_at', { afterSlate: page.recommendationId })).toBe('cb')
  })

  it('leaves out an item after an event of a type in until, and shows it again after a later event', async () => {
    const { act, shown } = await openSite()
    await act(['begin', 'a'], ['begin', 'b'], ['view', 'c'], ['finish', 'a'])
    expect(await shown('begun')).toBe('b')
    await act(['begin', 'a'])
    expect(await shown('begun')).toBe('ab')
    await act(['finish', 'a'], ['finish', 'b'])
    expect(await shown('begun')).toBe('')
  })

  it('is not ranked by a model, and gives no warning about this, but given candidates are ranked', async () => {
    const { act, slate } = await openSite({ modelDir: 'models', model: 'default' })
    await act(['begin', 'a'], ['begin', 'b'])
    expect(await slate('begun')).toMatchObject({ model: null, warnings: [], items: [{ score: expect.any(Number) }, {}] })
    const candidates = ['a', 'b', 'c'].map((itemId) => ({ itemId }))
    const given = await slate('begun', { candidates })
    expect(given.model).toBe('default')
    expect(itemIds(given).sort()).toEqual(['a', 'b', 'c'])
  })

  it('is the same for users in the hold-out, and has no random items', async () => {
    const exploration = { ...SITE.exploration!, surfaces: {}, elsewhere: { position: 1, share: 1, randomised: 0 } }
    const experiment = { ...NO_EXPERIMENT, holdOut: 0.5 }
    const { act, shown } = await openSite({ domain: { ...SITE, experiment, exploration }, explores: true })
    // Nothing is ever explored for users of the hold-out: only the others tell whether a history has random items.
    for (const userId of heldOutAndOther(experiment)) {
      await act(['begin', 'a', userId], ['begin', 'b', userId])
      expect(await shown('begun', { userId })).toBe('ba')
    }
  })

  it('is the same under each policy, whatever the rules of the policy leave out', async () => {
    const experiment = {
      holdOut: 0,
      policies: [{ name: 'bare', share: 1, rules: { seen: [{ types: ['begin'] }], exclude: ['a'] } }],
    }
    const { act, shown } = await openSite({ domain: { ...SITE, experiment } })
    await act(['begin', 'a'], ['begin', 'b'])
    expect(await shown('begun')).toBe('ba')
    expect(await shown('home')).not.toMatch(/[ab]/)
  })

  it('has the latest item first, whatever people like the user prefer', async () => {
    const domain = defineDomain({ extends: SITE, userAttributes: { city: 'key' }, cohorts: { city: ['user.city'] } })
    const { service, act, shown } = await openSite({ domain: { ...domain, limits: NO_LIMITS } })
    const people = Array.from({ length: 120 }, (_, n) => ({ userId: `p${n}`, attributes: { city: n % 2 ? 'Graz' : 'Linz' } }))
    await service.uploads.upsertUsers([...people, { userId: 'me', attributes: { city: 'Graz' } }])
    await act(...people.map(({ userId }, n) => ['view', n % 2 ? 'a' : 'f', userId] as const))
    await act(['begin', 'a'], ['begin', 'b'])
    expect(await shown('begun')).toBe('ba')
    // They do count elsewhere: fewer people act on f than on a, but all of them are from Linz.
    await service.uploads.upsertUsers([{ userId: 'newcomer', attributes: { city: 'Linz' } }])
    expect((await shown('home', { userId: 'newcomer', rules: { diversity: 0 } }))[0]).toBe('f')
  })
})

it('the key history is checked with the domain', () => {
  const define = (surface: object) => () => defineDomain({ extends: 'e-commerce', surfaces: { own: surface } })
  expect(define({ history: { types: ['vieww'] } })).toThrow(
    'surfaces.own.history.types.0: the domain declares no event type vieww. Did you mean view?',
  )
  expect(define({ history: { until: ['finish'] } })).toThrow(
    'surfaces.own.history.until.0: the domain declares no event type finish',
  )
  expect(define({ history: { types: [] } })).toThrow('surfaces.own.history.types: empty. Name event types')
  expect(define({ history: { unless: [] } })).toThrow('surfaces.own.history.unless: unknown key')
  expect(define({ history: {}, sources: { trending: 9 } })).toThrow(
    'surfaces.own.sources: the surface has a history, which takes no sources. Remove sources, or set history: null.',
  )
})
