import { describe, expect, it } from 'vitest'
import { setRules } from '../../src/events/set-rules.ts'
import type { Service } from '../../src/service/service.ts'
import type { Json, JsonObject } from '../../src/state/user-value.ts'
import { DECLARING } from '../support/declaring-shop.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker, openTestService, type ServiceSettings } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const SHOP: Record<string, { [name: string]: Json }> = {
  a: { city: 'Rome', brand: 'lux', price: 100, fits: ['M', 'L'] },
  b: { city: 'Oslo', brand: 'lux', price: 110, fits: ['S'] },
  c: { city: 'Rome', brand: 'nox', price: 130, fits: ['L'] },
  d: { city: 'Oslo', brand: 'nox', price: 300 },
  e: { brand: 'lux' },
}

const inCity = { attribute: { name: 'city', equalsUser: 'city' } }
const sameBrand = { attribute: { name: 'brand', equalsAnchor: 'brand' } }

async function openShop(open: typeof openTestService, users: Record<string, JsonObject> = {}, settings: ServiceSettings = {}) {
  const service = await open({ clock: new SettableClock(), ...settings })
  await service.uploads.upsertItems(Object.entries(SHOP).map(([itemId, attributes]) => ({ itemId, attributes })))
  await uploadUsers(service, users)
  const ask = asker(service)
  const recommend = async (userId: string, rules: object | null, more: object = {}): Promise<SlateAnswer> =>
    slateOf(await ask(RECOMMEND, { input: { userId, first: 5, rules, ...more } }))
  const ids = async (userId: string, rules: object | null, more?: object) =>
    itemIds(await recommend(userId, rules, more))
      .sort()
      .join('')
  return { service, ask, recommend, ids }
}

async function uploadUsers(service: Service, users: Record<string, JsonObject>): Promise<void> {
  const inputs = Object.entries(users).map(([userId, attributes]) => ({ userId, attributes }))
  expect((await service.uploads.upsertUsers(inputs)).errors).toEqual([])
}

onEachStoreWhenLong('rules relative to the user and the items on screen', (open) => {
  it('filter by uploaded attributes of the user: by a value, by each of a list, by several attributes', async () => {
    const { ids, recommend } = await openShop(open, {
      roman: { city: 'Rome', size: 'S' },
      traveller: { city: ['Rome', 'Oslo', 7], home: 'Rome' },
      nomad: { size: 'L' },
      tall: { fits: Array.from({ length: 1000 }, (_, n) => `${n}`).concat('L') },
    })
    expect(await ids('roman', { filter: inCity })).toBe('ac')
    expect(await ids('traveller', { filter: inCity })).toBe('abcd')
    const either = { attribute: { name: 'city', inUser: ['home', 'second'] } }
    expect(await ids('traveller', { filter: either })).toBe('ac')
    // A text stands for a list of one.
    expect(await ids('roman', { filter: { attribute: { name: 'fits', inUser: 'size' } } })).toBe('b')
    expect(await ids('nomad', { filter: { attribute: { name: 'fits', inUser: ['size'] } } })).toBe('ac')
    expect(await ids('tall', { filter: { attribute: { name: 'fits', equalsUser: 'fits' } } })).toBe('ac')
    // Who lacks the value: the filter selects nothing, its opposite everything, and the slate says so.
    for (const userId of ['nomad', 'unknown']) {
      const slate = await recommend(userId, { filter: inCity })
      expect(slate.items).toEqual([])
      expect(slate.warnings.map(({ code, field }) => [code, field])).toEqual([
        ['NOTHING_TO_COMPARE', 'filter.attribute.equalsUser'],
        ['TOO_FEW_ITEMS', null],
      ])
      expect(slate.warnings[0].message).not.toContain('city')
    }
    expect(await ids('nomad', { filter: { not: inCity } })).toBe('abcde')
    const orAnywhere = { or: [inCity, { user: { name: 'city', exists: false } }] }
    expect(await ids('nomad', { filter: orAnywhere })).toBe('abcde')
    expect(await ids('roman', { filter: orAnywhere })).toBe('ac')
    expect((await recommend('nomad', { filter: orAnywhere })).warnings).toEqual([])
  })

  it('filter by the items on screen: by any of them, by another attribute, by the price', async () => {
    const { ids, recommend } = await openShop(open)
    const beside = (...anchorItemIds: string[]) => ({ anchorItemIds })
    expect(await ids('me', { filter: sameBrand }, beside('a'))).toBe('be')
    expect(await ids('me', { filter: sameBrand }, beside('a', 'd'))).toBe('bce')
    const near = (share: number) => ({ attribute: { name: 'price', withinShareOfAnchor: share } })
    expect(await ids('me', { filter: near(0.1) }, beside('a'))).toBe('b')
    expect(await ids('me', { filter: near(0.3) }, beside('a'))).toBe('bc')
    expect(await ids('me', { filter: near(2) }, beside('a'))).toBe('bcd')
    expect(await ids('me', { filter: near(10) }, beside('e'))).toBe('')
    expect(await ids('me', { filter: { and: [sameBrand, near(0.3)] } }, beside('a'))).toBe('b')
    expect(await ids('me', { filter: { attribute: { name: 'city', equalsAnchor: 'brand' } } }, beside('a'))).toBe('')
    for (const rules of [{ filter: sameBrand }, { filter: { and: [near(1)] } }]) {
      const { items, warnings } = await recommend('me', rules)
      expect([items, warnings[0].code]).toEqual([[], 'NOTHING_TO_COMPARE'])
    }
    const unheard = await recommend('me', { filter: { attribute: { name: 'brand', equalsAnchor: 'marque' } } }, beside('a'))
    expect(unheard.warnings[0]).toMatchObject({ code: 'UNKNOWN_ATTRIBUTE', field: 'filter.attribute.equalsAnchor' })
  })

  it('boost and limit only if the user or the screen has the value', async () => {
    const { recommend, ids, service } = await openShop(open, { roman: { city: 'Rome' } })
    const views = ['d', 'd', 'd', 'b', 'b', 'a'].map((itemId, n) => ({ userId: `other${n}`, itemId, eventType: 'view' }))
    await service.ingest.record(views)
    await service.store.settle()
    const boost = [{ filter: inCity, factor: 1000 }]
    const order = async (userId: string, rules: object) => itemIds(await recommend(userId, rules, { first: 3 })).join('')
    expect(await order('roman', {})).toBe('dba')
    expect(await order('roman', { boost })).toBe('adb')
    expect(await order('unknown', { boost })).toBe('dba')
    // Of the brand on screen at most one, of others as many as there are.
    const limitPer = [{ attribute: 'brand', limit: 1, filter: sameBrand }]
    expect(await ids('roman', { limitPer }, { anchorItemIds: ['a'] })).toMatch(/^(bcd|cde)$/)
    expect(await ids('roman', { limitPer }, { anchorItemIds: ['c'] })).toBe('abde')
    expect(await ids('roman', { limitPer })).toBe('abcde')
  })

  it('can be standing rules for all users, also in a preview and after a restart', async () => {
    const { service, ids, ask } = await openShop(open, { roman: { city: 'Rome' }, viking: { city: 'Oslo' } })
    const { data, errors } = await ask(
      'mutation ($rules: RulesInput!) { setRules(input: { surface: null, rules: $rules }) { ... on SetRulesPayload { standing { rules } } } }',
      { rules: { filter: inCity, limitPer: [{ attribute: 'city', limit: 1, filter: { user: { name: 'city', eq: 'Oslo' } } }] } },
    )
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({ setRules: { standing: { rules: { filter: inCity } } } })
    await service.standingRules.load(service.store, (error) => {
      throw error
    })
    expect(await ids('roman', null)).toBe('ac')
    expect(await ids('viking', null)).toMatch(/^[bd]$/)
    expect(await ids('roman', { filter: { and: [] } }, { preview: true })).toBe('abcde')
    expect(await ids('viking', { filter: { not: inCity } }, { preview: true })).toBe('ace')
  })

  it('use a protected attribute only if the domain uses it', async () => {
    const users = { me: { postcode: 'Rome', birth_year: 'Rome' } }
    const { service, ask, ids } = await openShop(open, users, { domain: DECLARING })
    const by = (name: string) => ({ filter: { attribute: { name: 'city', equalsUser: name } } })
    expect(await ids('me', by('postcode'))).toBe('ac')
    const { errors } = await ask(RECOMMEND, { input: { userId: 'me', first: 5, rules: by('birth_year') } })
    expect(errors?.[0].message).toContain('rules.filter.attribute.equalsUser: the domain protects the attribute birth_year')
    // Stored before the domain protected it.
    await setRules(service, undefined, by('birth_year'))
    expect(await ids('me', null)).toBe('')
  })

  it('use no data of a user who has opted out or withdrawn consent, and follow each upload', async () => {
    const { service, ids } = await openShop(open, { me: { city: 'Rome' }, you: { city: 'Rome' } })
    expect(await ids('me', { filter: inCity })).toBe('ac')
    await uploadUsers(service, { me: { city: 'Oslo' } })
    expect(await ids('me', { filter: inCity })).toBe('bd')
    await service.uploads.upsertUsers([
      { userId: 'me', attributes: {}, optOut: true },
      { userId: 'you', attributes: {}, consent: false },
    ])
    expect([await ids('me', { filter: inCity }), await ids('you', { filter: inCity })]).toEqual(['', ''])
  })
})

describe('wrong comparisons', () => {
  const condition = (more: object) => ({ filter: { attribute: { name: 'price', ...more } } })
  it.each<[object, string]>([
    [condition({ withinShareOfAnchor: 10.1 }), 'rules.filter.attribute.withinShareOfAnchor is 10.1: use a share from 0 to 10'],
    [condition({ withinShareOfAnchor: -0.1 }), 'rules.filter.attribute.withinShareOfAnchor is -0.1'],
    [condition({ equalsUser: '' }), 'rules.filter.attribute.equalsUser has 0 characters'],
    [condition({ equalsAnchor: 'x'.repeat(129) }), 'rules.filter.attribute.equalsAnchor has 129 characters'],
    [condition({ inUser: [] }), 'rules.filter.attribute.inUser has 0 names; use 1 to 10.'],
    [condition({ inUser: new Array(11).fill('a') }), 'rules.filter.attribute.inUser has 11 names'],
    [condition({ inUser: ['a', ''] }), 'rules.filter.attribute.inUser.1 has 0 characters'],
    [{ filter: { user: { name: '' } } }, 'rules.filter.user.name has 0 characters'],
    [{ filter: { user: { name: 'a', equalsAnchor: 'b' } } }, 'rules.filter.user.equalsAnchor: there is nothing to compare'],
    [{ boost: [{ filter: { user: { name: 'a', equalsUser: 'b' } }, factor: 1 }] }, 'rules.boost.0.filter.user.equalsUser: there'],
    [
      { limitPer: [{ attribute: 'a', limit: 1, filter: { feature: { name: 'item_views', gt: 1 } } }] },
      'rules.limitPer.0.filter.feature.name: a limit may not use features',
    ],
    [
      {
        limitPer: [
          { attribute: 'a', limit: 1, filter: { or: new Array(10).fill({ attribute: { name: 'a', eq: 1 } }) } },
          { attribute: 'b', limit: 1, filter: { and: new Array(9).fill({ attribute: { name: 'a', eq: 1 } }) } },
        ],
      },
      'The filters of rules.limitPer have 21 conditions; at most 20 are allowed',
    ],
    [
      condition({ equalsUser: 'a', inUser: new Array(10).fill('b'), in: new Array(990).fill('c') }),
      'rules.filter has more than 1000',
    ],
  ])('in rules are refused: %j', async (rules, message) => {
    const { errors } = await asker(await openTestService())(RECOMMEND, { input: { userId: 'me', first: 4, rules } })
    expect(errors).toHaveLength(1)
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } })
  })

  it.each(['"0.2"', '1e999', 'null', '[1]'])('of a share that is %s never reach the rules as a wrong number', async (share) => {
    const query = `{ recommendations(input: { userId: "me", first: 4, anchorItemIds: ["x"], rules: { filter: { attribute: { name: "price", withinShareOfAnchor: ${share} } } } }) { items { position } } }`
    const { data, errors } = await asker(await openTestService())(query)
    if (share === 'null') expect(data).toMatchObject({ recommendations: { items: [] } })
    else expect(errors?.length).toBeGreaterThan(0)
  })

  it.each([
    ['items', 'items(filter: $filter) { edges { cursor } }', 'ItemFilter'],
    ['trending', 'trending(filter: $filter) { score }', 'ItemFilter'],
    ['users', 'users(filter: $filter) { edges { cursor } }', 'UserFilter'],
  ])('with a user or a screen are refused where neither exists: %s', async (_, field, type) => {
    const ask = asker(await openTestService())
    const wrong: object[] = [{ equalsUser: 'a' }, { inUser: ['a'] }, { equalsAnchor: 'a' }, { withinShareOfAnchor: 0.1 }]
    for (const more of wrong) {
      const filter = { and: [{ attribute: { name: 'price', ...more } }] }
      const { errors } = await ask(`query ($filter: ${type}) { ${field} }`, { filter })
      const path = `filter.and.0.attribute.${Object.keys(more)[0]}`
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining(`${path}: there is nothing to compare with here`),
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
  })
})
