import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MOST_DISMISSED } from '../../src/accumulators/dismissed-items.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStores, onEachStore } from '../support/each-store.ts'
import { asker, openTestService, type ServiceSettings } from '../support/server.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'
import { REQUEST } from '../support/slate-request.ts'
import { visitSite } from '../support/visited-site.ts'

describe.each(Object.entries(DOMAINS))('in the domain %s', (_, domain) => {
  it.each([
    ['dismiss', 'undismiss'],
    ['dislike', 'undislike'],
  ])('an item stays away after %s until %s', async (dismiss, undismiss) => {
    const { act, missing } = await visitSite(openTestService, domain, 'abcdef')
    await act(['view', 'a'], ['view', 'b'], [dismiss, 'a'])
    expect(await missing('search')).toBe('ab')
    expect(await missing('search', { rules: { seen: [] } })).toBe('a')
    expect(await missing('search', { rules: { pin: [{ itemId: 'a', position: 1 }] } })).toContain('a')
    const candidates = [...'abcdef'].map((itemId) => ({ itemId }))
    expect(await missing('search', { candidates })).toBe('a')
    await act([undismiss, 'a'])
    expect(await missing('search', { rules: { seen: [] } })).toBe('')
  })
})

it('an item stays away for as long as the domain says', async () => {
  const domain = defineDomain({ extends: 'e-commerce', expiry: { dismissal: '10d' } })
  const { act, missing, clock } = await visitSite(openTestService, domain, 'abcdef')
  await act(['dismiss', 'a'])
  clock.advance(9 * DAY)
  await act(['session_start', 'b'])
  expect(await missing('search', { rules: { seen: [] } })).toBe('a')
  clock.advance(2 * DAY)
  expect(await missing('search', { rules: { seen: [] } })).toBe('')
})

it('a domain may give the names another role', async () => {
  const domain = defineDomain({ extends: 'e-commerce', eventTypes: { dislike: { role: 'other' } } })
  const { act, missing } = await visitSite(openTestService, domain, 'abcdef')
  await act(['dislike', 'a'], ['view', 'b'])
  expect(await missing('search')).toBe('b')
})

it('a dismissed item stands in the export of the person, and makes nothing a candidate', async () => {
  const { act, service, slate } = await visitSite(openTestService, DOMAINS['e-commerce'], 'abcdef')
  for (const userId of ['u', 'v', 'w']) await act(['view', 'a', userId], ['view', 'b', userId])
  await act(['view', 'a'], ['view', 'c'])
  const reasons = async () => (await slate('category')).items.map(({ reason }: { reason: { code: string } }) => reason.code)
  expect(await reasons()).toContain('BECAUSE_YOU_VIEWED')
  await act(['dismiss', 'a'])
  expect(await reasons()).not.toContain('BECAUSE_YOU_VIEWED')
  const answer = await asker(service)('{ exportUser(userId: "me") { data } }')
  expect(JSON.stringify(answer)).toMatch(/"dismissals":\{"dismissed":\[\{[^\]]*"item":"a"/)
})

it('nothing is stored of dismissals for a user who dismisses nothing, and no table is made for each event or slate', async () => {
  const { act, service, slate, clock } = await visitSite(openTestService, DOMAINS['e-commerce'], 'abcdef')
  const tables = vi.spyOn(UserValue.prototype, 'get')
  await act(['view', 'a'], ['add_to_cart', 'b'], ['remove_from_cart', 'b'], ['purchase', 'c'], ['impression', 'd'])
  await slate('home')
  const asked = tables.mock.calls.map(([{ name }]) => name)
  expect(asked).toContain('pairs')
  expect(asked).not.toContain('dismissed')
  await act(['dismiss', 'a'])
  expect(tables.mock.calls.map(([{ name }]) => name)).toContain('dismissed')
  tables.mockRestore()
  const { user } = await readKnownUser(service, 'u', clock.now())
  expect(user.parts.has('dismissed')).toBe(false)
})

it(`of more than ${MOST_DISMISSED} dismissed items, the oldest return, with a warning`, async () => {
  const { service, missing, clock } = await visitSite(openTestService, DOMAINS['e-commerce'], 'abc')
  const dismiss = async (ids: readonly string[]) => {
    const events = ids.map((itemId) => ({ userId: 'me', eventType: 'dismiss', itemId, timestamp: clock.now() + 1 }))
    clock.advance(1)
    const outcomes = await service.ingest.record(events)
    return outcomes.flatMap((outcome) => ('event' in outcome ? outcome.warnings.map(({ code }) => code) : [outcome.status]))
  }
  await dismiss(['a'])
  await dismiss(['b'])
  const many = Array.from({ length: MOST_DISMISSED - 3 }, (_, n) => `other${n}`)
  expect(await dismiss(many)).not.toContain('DISMISSALS_FULL')
  expect(await missing('search')).toBe('ab')
  clock.advance(DAY)
  expect(await dismiss(['one', 'more'])).toContain('DISMISSALS_FULL')
  expect(await missing('search')).toBe('b')
})

/** The place of an item in the slate, from 0, after a history without and with a last event. */
async function ranks(
  open: typeof openTestService,
  { domain, ...settings }: ServiceSettings & { readonly domain: Domain },
  history: readonly (readonly [string, string])[],
  last: { eventType: string; eventAttributes?: object },
) {
  const places: number[] = []
  for (const events of [[], [last]]) {
    const attributes = { category: 'lamps', brand: 'Lux' }
    const { act, service, clock, shown } = await visitSite(open, domain, 'abcdefghij', { ...settings, attributes })
    for (const [n, userId] of [...'uvwx'].entries())
      await act(...[...'abcdefghij'].slice(n, n + 5).map((id) => ['add_to_cart', id, userId] as const))
    await act(...history)
    for (const event of events) {
      clock.advance(1)
      await service.ingest.record([{ userId: 'me', itemId: 'c', timestamp: clock.now(), ...event } as never])
    }
    // Slates leave out the item on which the user acted last.
    await act(['view', 'j'])
    const { model } = await service.recommender.recommend({ ...REQUEST, surface: 'category' }, 'INITIAL')
    expect(model).toBe(settings.model)
    const place = (await shown('category')).indexOf('c')
    places.push(place < 0 ? Number.POSITIVE_INFINITY : place)
    await service.close()
  }
  return places
}

const HISTORIES = [
  [],
  [
    ['view', 'c'],
    ['view', 'd'],
  ],
  [
    ['add_to_cart', 'c'],
    ['add_to_cart', 'd'],
    ['view', 'e'],
  ],
  [
    ['impression', 'c'],
    ['view', 'a'],
    ['view', 'b'],
  ],
] as const

const UNWANTED = [
  ['a dismissal', { eventType: 'dismiss' }],
  ['a low rating', { eventType: 'rating', eventAttributes: { rating: 1 } }],
  ['a removal from the cart', { eventType: 'remove_from_cart' }],
] as const

const SHOP = defineDomain({
  extends: 'e-commerce',
  accumulators: { buy_again: true },
  sources: { buy_again: 20, new: 20 },
  seen: [],
})
const MODELS = [
  ['the rule', {}],
  ['the shipped model', { modelDir: join(PACKAGE_ROOT, 'models'), model: 'default' }],
] as const

onEachStore('what a person does not want', (open) => {
  describe.each(MODELS)('ranked by %s', (_, settings) => {
    describe.each(UNWANTED)('%s', (_, event) => {
      it.each(HISTORIES.map((history) => [history.flat().join(' '), history] as const))(
        'never raises its item, after "%s"',
        async (_, history) => {
          const [before, after] = await ranks(open, { domain: SHOP, ...settings }, history, event)
          expect(after).toBeGreaterThanOrEqual(before)
        },
      )
    })
  })
})

describe.each(SHOP.sources.map((source) => [source.name, source] as const))('with the source %s alone', (_, source) => {
  it.each(UNWANTED)('%s never raises its item', async (_, event) => {
    for (const history of HISTORIES) {
      const [before, after] = await ranks(
        openTestService,
        { domain: { ...SHOP, sources: [source], surfaceSources: {} } },
        history,
        event,
      )
      expect(after).toBeGreaterThanOrEqual(before)
    }
  })
})

const MERGE = 'mutation { mergeUsers(input: { from: "guest", into: "me" }) { ... on MergeUsersPayload { merged } } }'

const ITEMS = [...'abcdefgh']
const step = fc.record({
  userId: fc.constantFrom('me', 'me', 'guest'),
  eventType: fc.constantFrom('view', 'click', 'purchase', 'add_to_cart', 'remove_from_cart', 'dismiss', 'dismiss', 'undismiss'),
  itemId: fc.constantFrom(...ITEMS),
  late: fc.constantFrom(0, 0, 0, 50),
  after: fc.constantFrom('nothing', 'nothing', 'upload', 'merge', 'candidates'),
})

bothStores((open, store) => {
  it('whatever comes, no slate has an item that its person has dismissed', async () => {
    let dismissedInAll = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const service = await open({ domain: DOMAINS['e-commerce'], explores: true, dataDir: null })
      const upload = () => service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
      await upload()
      const ask = asker(service)
      /** By user and item, the latest decision. */
      const decisions = new Map<string, { dismissed: boolean; at: number }>()
      const decide = (userId: string, itemId: string, dismissed: boolean, at: number) => {
        const before = decisions.get(userId + itemId)
        if (!before || at >= before.at) decisions.set(userId + itemId, { dismissed, at })
      }
      let merged = false
      for (const { userId, eventType, itemId, late, after } of steps) {
        service.clock.advance(2)
        const at = service.clock.now() - late * 2 - (late > 0 ? 1 : 0)
        await service.ingest.record([{ userId, eventType, itemId, timestamp: at }])
        const owner = merged ? 'me' : userId
        if (eventType === 'dismiss' || eventType === 'undismiss') decide(owner, itemId, eventType === 'dismiss', at)
        if (after === 'upload') await upload()
        if (after === 'merge' && !merged) {
          const { data } = await ask(MERGE)
          expect(data).toMatchObject({ mergeUsers: { merged: true } })
          merged = true
          for (const id of ITEMS) {
            const other = decisions.get(`guest${id}`)
            if (other) decide('me', id, other.dismissed, other.at)
          }
        }
        await service.store.settle()
        const candidates = after === 'candidates' ? ITEMS.map((id) => ({ itemId: id })) : undefined
        const shown = itemIds(slateOf(await ask(RECOMMEND, { input: { userId: owner, surface: 'home', first: 8, candidates } })))
        const dismissed = ITEMS.filter((id) => decisions.get(owner + id)?.dismissed)
        dismissedInAll += dismissed.length
        expect(shown.filter((id) => dismissed.includes(id))).toEqual([])
      }
      await service.close()
    })
    await checkProperty(property, store === 'embedded' ? 20 : 5)
    expect(dismissedInAll).toBeGreaterThan(10)
  })
})
