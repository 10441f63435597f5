import { describe, expect, it } from 'vitest'
import { setRules } from '../../src/events/set-rules.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f']

async function openShop(open: typeof openTestService) {
  const clock = new SettableClock()
  const service = await open({ clock })
  await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
  const ask = asker(service)
  const act = async (...events: (readonly [eventType: string, itemId: string, more?: object])[]) => {
    for (const [eventType, itemId, more] of events) {
      clock.advance(1)
      const [{ status }] = await service.ingest.record([{ userId: 'me', eventType, itemId, timestamp: clock.now(), ...more }])
      expect(status).toBe('RECORDED')
    }
    await service.store.settle()
  }
  const recommend = async (rules: object | null, more: object = {}): Promise<SlateAnswer> =>
    slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 6, rules, ...more } }))
  /** The items of a slate in the order of the alphabet: what is left out is missing. */
  const shown = async (rules: object | null, more?: object) =>
    itemIds(await recommend(rules, more))
      .sort()
      .join('')
  const warnings = async (rules: object, more?: object) =>
    (await recommend(rules, more)).warnings.map(({ code, field }) => [code, field])
  return { service, clock, ask, act, recommend, shown, warnings }
}

onEachStoreWhenLong('the rule seen', (open) => {
  it('leaves out items by the types of the events on them', async () => {
    const { act, shown } = await openShop(open)
    await act(['view', 'a'], ['purchase', 'b'], ['like', 'c'], ['impression', 'd'], ['view', 'b'])
    const none: object[] = []
    expect(await shown({ seen: none })).toBe('abcdef')
    expect(await shown({ seen: [{ types: ['purchase'] }] })).toBe('acdef')
    expect(await shown({ seen: [{ types: ['view'] }] })).toBe('cdef')
    expect(await shown({ seen: [{ types: ['purchase', 'like'] }] })).toBe('adef')
    expect(await shown({ seen: [{ types: ['like'] }, { types: ['view'] }] })).toBe('def')
    expect(await shown({ seen: [{ types: ['impression'] }] })).toBe('abcef')
    expect(await shown({ seen: [{ types: ['impression', 'like'] }] })).toBe('abef')
    expect(await shown({ seen: [{}] })).toBe('def')
    expect(await shown({ seen: [{ types: null, within: null }] })).toBe('def')
    expect(await shown({ seen: none, excludeSeen: true })).toBe('def')
    expect(await shown({ seen: none, excludePurchased: true })).toBe('acdef')
    // For somebody else nothing is left out.
    expect(await shown({ seen: [{}] }, { userId: 'you' })).toBe('abcdef')
  })

  it('considers events of the session, of some hours, or on the latest items', async () => {
    const { act, shown, clock } = await openShop(open)
    await act(['purchase', 'a'], ['view', 'b'])
    clock.advance(2 * HOUR)
    await act(['view', 'c'])
    clock.advance(10 * MINUTE)
    await act(['view', 'd'], ['like', 'e'])
    const within = (part: object, types?: string[]) => shown({ seen: [{ types, within: part }] })
    expect(await within({ session: true })).toBe('abf')
    expect(await within({ session: true }, ['view'])).toBe('abef')
    expect(await within({ session: true }, ['purchase'])).toBe('abcdef')
    expect(await within({ hours: 0.1 })).toBe('abcf')
    expect(await within({ hours: 1 }, ['view'])).toBe('abef')
    expect(await within({ hours: 3 }, ['view', 'purchase'])).toBe('ef')
    expect(await within({ latestItems: 1 })).toBe('abcdf')
    expect(await within({ latestItems: 3 })).toBe('abf')
    expect(await within({ latestItems: 2 }, ['view', 'purchase'])).toBe('abef')
    // After the session, nothing is of it.
    clock.advance(HOUR)
    expect(await within({ session: true })).toBe('abcdef')
  })

  it('uses the session that the request names', async () => {
    const { act, shown } = await openShop(open)
    await act(['view', 'a', { sessionId: 'phone' }], ['view', 'b', { sessionId: 'desk' }])
    const seen = [{ within: { session: true } }]
    // From the start of the session on, wherever it was done.
    expect(await shown({ seen }, { sessionId: 'phone' })).toBe('cdef')
    expect(await shown({ seen }, { sessionId: 'desk' })).toBe('acdef')
    expect(await shown({ seen }, { sessionId: 'neither' })).toBe('abcdef')
    expect(await shown({ seen })).toBe('acdef')
  })

  it('remembers purchases for longer than views', async () => {
    const { act, shown, clock } = await openShop(open)
    await act(['purchase', 'a'], ['view', 'b'])
    clock.advance(40 * DAY)
    await act(['view', 'c'])
    expect(await shown({ seen: [{}] })).toBe('abdef')
    expect(await shown({ seen: [{ types: ['purchase'] }] })).toBe('bcdef')
  })

  it('applies to pins, given candidates, further pages and items that fill up slates', async () => {
    const { act, shown, warnings, recommend } = await openShop(open)
    await act(['view', 'a'], ['view', 'b'])
    const seen = [{ types: ['view'] }]
    const pin = [{ itemId: 'a', position: 1 }]
    expect(await shown({ seen, pin })).toBe('cdef')
    expect(await warnings({ seen, pin })).toEqual([
      ['PIN_UNAVAILABLE', 'pin.0.itemId'],
      ['TOO_FEW_ITEMS', null],
    ])
    const candidates = ['a', 'b', 'c'].map((itemId) => ({ itemId }))
    expect(await shown({ seen }, { candidates })).toBe('c')
    const page = await recommend({ seen }, { first: 2 })
    expect(itemIds(page)).toHaveLength(2)
    const rest = await recommend({ seen }, { afterSlate: page.recommendationId })
    expect([...itemIds(page), ...itemIds(rest)].sort()).toEqual(['c', 'd', 'e', 'f'])
  })

  it('can be a standing rule, and a request can replace it', async () => {
    const { service, act, shown, clock } = await openShop(open)
    await act(['view', 'a'], ['purchase', 'b'])
    await setRules(service, undefined, { seen: [{ types: ['purchase'], within: { hours: 1 } }] })
    expect(await shown(null)).toBe('acdef')
    await setRules(service, 'home', { seen: [{ types: ['view'] }] })
    expect(await shown(null, { surface: 'home' })).toBe('bcdef')
    expect(await shown({ seen: [] }, { surface: 'home' })).toBe('abcdef')
    clock.advance(2 * HOUR)
    expect(await shown(null)).toBe('abcdef')
  })

  it('can name event types that the domain does not declare, with a warning, and still applies', async () => {
    const { act, shown, recommend } = await openShop(open)
    await act(['wishlist', 'a'])
    const seen = [{ types: ['view', 'purchas', 'wishlist'] }]
    expect(await shown({ seen })).toBe('bcdef')
    const { warnings } = await recommend({ seen }, { first: 2 })
    expect(warnings).toMatchObject([
      {
        code: 'UNKNOWN_EVENT_TYPE',
        message: 'The domain declares no event type purchas. Did you mean purchase?',
        field: 'seen.0.types.1',
      },
      { code: 'UNKNOWN_EVENT_TYPE', field: 'seen.0.types.2' },
    ])
  })

  it('uses no events that were erased', async () => {
    const { service, act, shown } = await openShop(open)
    await act(['purchase', 'a'])
    await service.erasures.erase('me')
    await service.store.settle()
    expect(await shown({ seen: [{ types: ['purchase'] }] })).toBe('abcdef')
  })
})

describe('the rule seen', () => {
  it.each<[object, string]>([
    [{ within: { hours: 0 } }, 'rules.seen.0.within.hours is 0: use a number above 0 and at most 87600.'],
    [{ within: { hours: -1 } }, 'rules.seen.0.within.hours is -1: use a number above 0 and at most 87600.'],
    [{ within: { hours: 1e9 } }, 'rules.seen.0.within.hours is 1000000000: use a number above 0'],
    [{ within: { latestItems: 0 } }, 'rules.seen.0.within.latestItems is 0: use a whole number from 1 to 150.'],
    [{ within: { latestItems: 151 } }, 'rules.seen.0.within.latestItems is 151: use a whole number from 1 to 150.'],
    [{ within: { session: false } }, 'rules.seen.0.within.session is false: use true, or leave within out.'],
    [{ types: [] }, 'rules.seen.0.types is empty: name event types, or leave types out, which means all of them.'],
    [{ types: new Array(1000).fill('view') }, 'rules.seen.0.types has 1000 entries; at most 50 are allowed.'],
    [{ types: ['view', ''] }, 'rules.seen.0.types.1 has 0 characters'],
  ])('is refused with %j', async (rule, message) => {
    const { ask } = await openShop(openTestService)
    const { errors } = await ask(RECOMMEND, { input: { userId: 'me', rules: { seen: [rule] } } })
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('is refused with too many entries, with two parts of the history, and with a number that is not finite', async () => {
    const { ask } = await openShop(openTestService)
    const refusal = async (seen: unknown) =>
      (await ask(RECOMMEND, { input: { userId: 'me', rules: { seen } } })).errors?.[0].message
    expect(await refusal(new Array(11).fill({}))).toContain('rules.seen has 11 entries; at most 10 are allowed.')
    expect(await refusal([{ within: { hours: 1, session: true } }])).toContain('SeenWithinInput')
    expect(await refusal([{ within: {} }])).toContain('SeenWithinInput')
    expect(await refusal([{ within: { hours: 'NaN' } }])).toContain('Float cannot represent non numeric value')
    const { errors } = await ask(
      '{ recommendations(input: { userId: "me", rules: { seen: [{ within: { hours: 1e999 } }] } }) { version } }',
    )
    expect(errors).toMatchObject([{ message: expect.stringContaining('1e999 is too large') }])
  })
})
