import { expect, it } from 'vitest'
import { DECLARING } from '../support/declaring-shop.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'

const UPSERT = /* GraphQL */ `
  mutation ($input: [UserInput!]!) {
    upsertUsers(input: { users: $input }) { ... on UpsertPayload { accepted errors { index message } warnings { index code message field } } }
  }
`
const RECORD = /* GraphQL */ `
  mutation ($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { status counted warnings { code message } } } }
  }
`
const USER_FEATURES = /* GraphQL */ `
  query ($userIds: [ID!]!, $names: [String!]!) {
    userFeatures(userIds: $userIds, names: $names) { features { name value breakdown { key value } } }
  }
`
const ITEM_FEATURES = /* GraphQL */ `
  query ($itemIds: [ID!]!, $names: [String!]!) { itemFeatures(itemIds: $itemIds, names: $names) { features { name value } } }
`
const USERS = /* GraphQL */ `
  query ($filter: UserFilter, $orderBy: UserOrder) {
    users(filter: $filter, orderBy: $orderBy) { edges { node { userId } } }
  }
`
const SLATE = /* GraphQL */ `
  query ($input: RecommendationsInput!) {
    recommendations(input: $input) { items { item { itemId } } warnings { code message field } }
  }
`
const VOCABULARY = '{ declaredAttributes { owner name kind values bands isProtected isUsed } }'

type Features = { features: { name: string; value: number | null; breakdown: { key: string; value: number }[] | null }[] }[]

/** Values and breakdowns by name, of the first of the answers. */
function byName([{ features }]: Features): Record<string, unknown> {
  return Object.fromEntries(
    features.map(({ name, value, breakdown }) => [
      name,
      breakdown ? Object.fromEntries(breakdown.map(({ key, value }) => [key, value])) : value,
    ]),
  )
}

onEachStoreWhenLong('declared attributes', (openOn) => {
  const open = async () => {
    const service = await openOn({ domain: DECLARING })
    return { service, ask: asker(service) }
  }

  it('of users give features, and values that do not count give warnings', async () => {
    const { ask } = await open()
    const long = Array.from({ length: 1000 }, (_, at) => `t${at}`)
    const input = [
      { userId: 'ann', attributes: { age: 34, city: 'Graz', interests: ['a', 'b', 'a'], member: true, segment: 'vip' } },
      { userId: 'bob', attributes: { age: '34', city: 7, interests: long, member: 'yes', shoe: 42, meber: true } },
      { userId: 'cleo', attributes: { age: 17, city: ['Linz', 'Wien'], member: false, birth_year: 1990, postcode: null } },
      { userId: '', attributes: { shoe: 1 } },
      { userId: 'dora', attributes: { city: ['', 'x'.repeat(129)], age: 1e13, interests: [] } },
    ]
    const { data } = await ask(UPSERT, { input })
    const upserted = data!.upsertUsers as { warnings: { index: number; code: string; field: string; message: string }[] }
    expect(upserted).toMatchObject({ accepted: 4, errors: [{ index: 3 }] })
    expect(upserted.warnings.map(({ index, code, field }) => [index, code, field])).toEqual([
      [1, 'VALUE_NOT_COUNTED', 'attributes.age'],
      [1, 'VALUE_NOT_COUNTED', 'attributes.city'],
      [1, 'VALUE_NOT_COUNTED', 'attributes.interests'],
      [1, 'VALUE_NOT_COUNTED', 'attributes.member'],
      [1, 'UNDECLARED_ATTRIBUTE', 'attributes.shoe'],
      [1, 'UNDECLARED_ATTRIBUTE', 'attributes.meber'],
      [4, 'VALUE_NOT_COUNTED', 'attributes.city'],
      [4, 'VALUE_NOT_COUNTED', 'attributes.age'],
    ])
    const messages = upserted.warnings.map(({ message }) => message)
    expect(messages[0]).toContain('is a string, so it has no effect: send a JSON number')
    expect(messages[2]).toContain('has 1000 texts, of which only the first 8 have an effect')
    expect(messages[5]).toContain('Did you mean member?')
    const names = ['user_age', 'user_age_18_to_30', 'user_age_30_to_50', 'user_city', 'user_city_graz', 'user_city_linz']
    names.push('user_interests', 'user_member', 'user_postcode')
    const featuresOf = async (userId: string) => {
      const { data, errors } = await ask(USER_FEATURES, { userIds: [userId], names })
      expect(errors).toBeUndefined()
      return byName(data?.userFeatures as Features)
    }
    expect(await featuresOf('ann')).toEqual({
      ...{
        user_age: 34,
        user_age_18_to_30: 0,
        user_age_30_to_50: 1,
        user_city: { Graz: 1 },
        user_city_graz: 1,
        user_city_linz: 0,
      },
      ...{ user_interests: { a: 0.5, b: 0.5 }, user_member: 1, user_postcode: {} },
    })
    expect(await featuresOf('bob')).toEqual({
      ...{ user_age: null, user_age_18_to_30: null, user_age_30_to_50: null, user_city: {}, user_city_graz: null },
      ...{ user_city_linz: null, user_member: null, user_postcode: {} },
      user_interests: Object.fromEntries(long.slice(0, 8).map((text) => [text, 1 / 8])),
    })
    expect(await featuresOf('cleo')).toMatchObject({ user_age: 17, user_city_linz: 1, user_city_graz: 0, user_member: 0 })
    expect(await featuresOf('dora')).toMatchObject({ user_age: null, user_city: {}, user_interests: {} })
  })

  it('of users select users, also by their features, but not if they are protected', async () => {
    const { ask } = await open()
    await ask(UPSERT, {
      input: [
        { userId: 'ann', attributes: { age: 34, city: 'Graz', member: true, postcode: '8010', birth_year: 1990 } },
        { userId: 'bob', attributes: { age: 20, city: ['Linz', 'Graz'], member: false, postcode: '4020' } },
      ],
    })
    const input = ['ann', 'bob'].map((userId) => ({ userId, itemId: 'i1', eventType: 'view' }))
    await ask(RECORD, { input })
    const found = async (filter: object, orderBy?: object) => {
      const { data, errors } = await ask(USERS, { filter, orderBy })
      return (
        errors?.[0].message ?? (data!.users as { edges: { node: { userId: string } }[] }).edges.map(({ node }) => node.userId)
      )
    }
    expect(await found({ feature: { name: 'user_age', lt: 30 } })).toEqual(['bob'])
    expect(await found({ feature: { name: 'user_city_graz', gte: 1 } })).toEqual(['ann', 'bob'])
    expect(await found({ attribute: { name: 'member', eq: true } })).toEqual(['ann'])
    expect(await found({ attribute: { name: 'postcode', eq: '4020' } })).toEqual(['bob'])
    expect(await found({ not: { attribute: { name: 'birth_year', gt: 0 } } })).toContain('protects the attribute birth_year')
    expect(await found({ and: [] }, { attribute: 'birth_year' })).toContain('orderBy.attribute: the domain protects')
    expect(await found({ feature: { name: 'user_birth_year', gt: 0 } })).toContain('unknown feature user_birth_year')
  })

  it('of events give features of items and users, and warnings, and count once', async () => {
    const { service, ask } = await open()
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    const event = (eventId: string, eventAttributes: object) => ({
      userId: 'ann',
      eventId,
      itemId: 'i1',
      eventType: 'view',
      eventAttributes,
    })
    const input = [
      event('e1', { rating: 5, gift: true, platform: 'ios', price: 7, surface: 'home' }),
      event('e2', { rating: 2, gift: false, platform: ['web', 'ios'] }),
      event('e3', { rating: '5', gift: 1, platform: '', ratting: 4 }),
      event('e1', { rating: 1 }),
      event('e4', { rating: 1e300 }),
    ]
    const { data } = await ask(RECORD, { input })
    const { results } = data!.recordEvents as { results: { status: string; warnings: { code: string; message: string }[] }[] }
    expect(results.map(({ status, warnings }) => [status, ...warnings.map(({ code }) => code)])).toEqual([
      ['RECORDED'],
      ['RECORDED'],
      ['RECORDED', 'VALUE_NOT_COUNTED', 'VALUE_NOT_COUNTED', 'VALUE_NOT_COUNTED', 'UNDECLARED_ATTRIBUTE'],
      ['DUPLICATE'],
      ['RECORDED', 'VALUE_NOT_COUNTED'],
    ])
    expect(results[2].warnings[3].message).toContain('eventAttributes.ratting')
    await service.store.settle()
    const names = DECLARING.accumulators.flatMap(({ name, features }) =>
      name.startsWith('event_attribute_') ? features.map((feature) => feature.name) : [],
    )
    const { data: ofItem, errors } = await ask(ITEM_FEATURES, { itemIds: ['i1'], names })
    expect(errors).toBeUndefined()
    const features = byName(ofItem?.itemFeatures as Features)
    for (const [name, value] of Object.entries({
      item_event_rating_mean_30d: 3.5,
      item_event_rating_below_3_share_30d: 0.5,
      item_event_rating_from_3_share_30d: 0.5,
      item_event_gift_share_30d: 0.5,
      item_event_platform_ios_share_30d: 1,
    }))
      expect(features[name]).toBeCloseTo(value, 4)
    const { data: ofUser } = await ask(USER_FEATURES, { userIds: ['ann'], names: ['user_event_platform_share'] })
    const shares = byName(ofUser?.userFeatures as Features).user_event_platform_share as Record<string, number>
    expect(shares.ios).toBeCloseTo(0.75, 3)
    expect(shares.web).toBeCloseTo(0.25, 3)
  })

  it('of events keep a new text, although others have larger shares', async () => {
    const { ask } = await open()
    const event = (n: number, platform: string) => ({
      ...{ userId: 'dan', itemId: 'i1', eventType: 'view', eventId: `${platform}-${n}` },
      eventAttributes: { platform },
    })
    const old = Array.from({ length: 8 }, (_, at) => [0, 1, 2].map((n) => event(n, `old${at}`))).flat()
    await ask(RECORD, { input: old })
    for (let n = 0; n < 20; n++) await ask(RECORD, { input: [event(n, 'fresh')] })
    const { data } = await ask(USER_FEATURES, { userIds: ['dan'], names: ['user_event_platform_share'] })
    const shares = byName(data?.userFeatures as Features).user_event_platform_share as Record<string, number>
    expect(Object.keys(shares)).toHaveLength(9)
    expect(shares.fresh).toBeCloseTo(20 / 44, 3)
  })

  it('of the context and the user decide through rules and boosts what a slate shows', async () => {
    const { service, ask } = await open()
    const items = ['coat', 'sandal', 'hat'].map((itemId) => ({ itemId, attributes: { category: itemId, price: 5 } }))
    await service.uploads.upsertItems(items)
    await ask(UPSERT, { input: [{ userId: 'ann', attributes: { member: true } }] })
    const shown = async (userId: string, context: object, rules: object) => {
      const { data, errors } = await ask(SLATE, { input: { userId, first: 3, context, rules } })
      expect(errors).toBeUndefined()
      const { items, warnings } = data!.recommendations as {
        items: { item: { itemId: string } }[]
        warnings: { code: string; field: string | null }[]
      }
      return { items: items.map(({ item }) => item.itemId), warnings: warnings.map(({ code, field }) => [code, field]) }
    }
    const isSandal = { attribute: { name: 'category', eq: 'sandal' } }
    const cold = { not: { and: [isSandal, { feature: { name: 'context_temperature', lt: 10 } }] } }
    expect((await shown('ann', { temperature: 2 }, { filter: cold })).items.toSorted()).toEqual(['coat', 'hat'])
    expect((await shown('ann', { temperature: 22 }, { filter: cold })).items).toHaveLength(3)
    expect((await shown('ann', {}, { filter: cold })).items).toHaveLength(3)
    const members = { or: [{ not: isSandal }, { feature: { name: 'user_member', gte: 1 } }] }
    expect((await shown('ann', {}, { filter: members })).items).toHaveLength(3)
    expect((await shown('bob', {}, { filter: members })).items.toSorted()).toEqual(['coat', 'hat'])
    const inAustria = { and: [isSandal, { feature: { name: 'context_country_at', gte: 1 } }] }
    await ask(RECORD, { input: items.map(({ itemId }) => ({ userId: 'cleo', itemId, eventType: 'view' })) })
    await service.store.settle()
    const boost = [{ filter: inAustria, factor: 100 }]
    expect((await shown('bob', { country: 'at' }, { boost })).items[0]).toBe('sandal')
    const wrong = { temperature: 'mild', country: 'at', device: 'phone', contry: 'de', raining: null }
    expect((await shown('bob', wrong, {})).warnings).toEqual([
      ['VALUE_NOT_COUNTED', 'context.temperature'],
      ['UNDECLARED_ATTRIBUTE', 'context.contry'],
    ])
  })

  it('are listed', async () => {
    const { ask } = await open()
    const { data } = await ask(VOCABULARY)
    expect(data?.declaredAttributes).toHaveLength(12)
    expect(data?.declaredAttributes).toEqual(
      expect.arrayContaining([
        { owner: 'USER', name: 'age', kind: 'NUMBER', values: [], bands: [18, 30, 50], isProtected: false, isUsed: true },
        { owner: 'USER', name: 'birth_year', kind: 'NUMBER', values: [], bands: [], isProtected: true, isUsed: false },
        { owner: 'CONTEXT', name: 'country', kind: 'KEY', values: ['at', 'de'], bands: [], isProtected: false, isUsed: true },
        { owner: 'EVENT', name: 'gift', kind: 'FLAG', values: [], bands: [], isProtected: false, isUsed: true },
      ]),
    )
  })
})

onEachStoreWhenLong('a domain that declares no attributes of users, requests and events', (open) => {
  it('gives no warnings about attributes', async () => {
    const service = await open()
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    const ask = asker(service)
    const { data } = await ask(UPSERT, { input: [{ userId: 'ann', attributes: { shoe: 42, age: 'x' } }] })
    expect(data?.upsertUsers).toEqual({ accepted: 1, errors: [], warnings: [] })
    const event = { userId: 'ann', itemId: 'i1', eventType: 'view', eventAttributes: { shoe: 42 } }
    const { data: recorded } = await ask(RECORD, { input: [event] })
    expect(recorded?.recordEvents).toEqual({ results: [{ status: 'RECORDED', counted: true, warnings: [] }] })
    const { data: slate } = await ask(SLATE, { input: { userId: 'ann', context: { shoe: 42 } } })
    expect(slate?.recommendations).toMatchObject({ warnings: [{ code: 'TOO_FEW_ITEMS' }] })
  })
})
