import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/state/user-value.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { CITIES, shopWith } from '../support/cohort-shop.ts'
import { Shop } from '../support/features.ts'

async function openShop(domain = CITIES): Promise<Shop> {
  return Shop.open({ domain })
}

async function upload(shop: Shop, userId: string, attributes: JsonObject): Promise<void> {
  const { accepted } = await shop.service.uploads.upsertUsers([{ userId, attributes }])
  expect(accepted).toBe(1)
}

/** People of a city, each of whom views these items. */
async function people(shop: Shop, city: string, count: number, itemIds: readonly string[]): Promise<void> {
  for (let n = 0; n < count; n++) {
    const userId = `${city}-${n}`
    await upload(shop, userId, { city })
    for (const itemId of itemIds) await shop.record({ userId, eventType: 'view', itemId })
  }
}

describe('the lift of an item among people with the same value', () => {
  it('is above 0 for items that they like, below 0 for items that others like, and near 0 for items that all like', async () => {
    const shop = await openShop()
    await people(shop, 'graz', 12, ['sled', 'bread'])
    await people(shop, 'linz', 12, ['boat', 'bread'])
    await shop.record({ userId: 'graz-0', eventType: 'view', itemId: 'boat' })
    await upload(shop, 'ann', { city: 'graz' })
    const [sled, boat, bread] = await shop.features('cohort_city_lift', { itemIds: ['sled', 'boat', 'bread'] })
    expect(sled).toBeGreaterThan(1)
    expect(boat).toBeLessThan(-0.5)
    expect(bread).toBeCloseTo(0, 1)
    expect(await shop.features('cohort_lift', { itemIds: ['sled', 'boat'] })).toEqual([sled, boat])
  })

  it('is missing without a value, without people, and for an item without their actions, unless they acted on its category', async () => {
    const shop = await openShop()
    await shop.upsert('sled', { category: 'winter' })
    await shop.upsert('skates', { category: 'winter' })
    await shop.upsert('boat', { category: 'summer' })
    await people(shop, 'graz', 10, ['sled'])
    await people(shop, 'linz', 10, ['boat', 'skates'])
    const lifts = () => shop.features('cohort_city_lift', { itemIds: ['sled', 'skates', 'boat', 'unheard of'] })
    expect(await lifts()).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
    await upload(shop, 'ann', { city: 'wels' })
    expect(await lifts()).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
    await upload(shop, 'ann', { city: 'graz' })
    const [sled, skates, boat, unheardOf] = await lifts()
    expect(sled).toBeGreaterThan(1)
    expect(skates).toBeGreaterThan(0)
    expect(skates).toBeLessThan(sled)
    expect([boat, unheardOf]).toEqual([Number.NaN, Number.NaN])
  })

  it("does not depend on the user's own events for a user who is alone in their city", async () => {
    const shop = await openShop()
    await people(shop, 'linz', 5, ['boat'])
    await upload(shop, 'ann', { city: 'graz' })
    // More items than count for a user.
    for (let n = 0; n < 50; n++) await shop.view(`own-${n}`)
    await shop.record({ eventType: 'purchase', itemId: 'boat' })
    const itemIds = ['boat', ...Array.from({ length: 50 }, (_, n) => `own-${n}`)]
    expect(await shop.features('cohort_city_lift', { itemIds })).toEqual(itemIds.map(() => Number.NaN))
    // Another user of the city, who has done nothing else, sees all of it.
    await upload(shop, 'bob', { city: 'graz' })
    expect(await shop.feature('cohort_city_lift', 'own-49', { userId: 'bob' })).toBeGreaterThan(0)
  })

  it('is the mean over several values, and for a crossing depends on both values together', async () => {
    const domain = shopWith({
      userAttributes: { likes: 'key', member: 'flag' },
      cohorts: { likes: ['user.likes'], both: ['user.likes', 'user.member'] },
    })
    const shop = await openShop(domain)
    for (let n = 0; n < 30; n++) {
      const [likes, member] = [n % 2 === 0 ? 'a' : 'b', n % 3 === 0]
      await upload(shop, `u${n}`, { likes, member })
      await shop.record({ userId: `u${n}`, eventType: 'view', itemId: `${likes}-${member}` })
      await shop.record({ userId: `u${n}`, eventType: 'view', itemId: 'all' })
    }
    const itemIds = ['a-true', 'a-false', 'all']
    const of = async (name: string, attributes: JsonObject) => {
      await upload(shop, 'ann', { likes: null, member: null, ...attributes })
      return shop.features(name, { itemIds })
    }
    const [a, b, list] = [
      await of('cohort_likes_lift', { likes: 'a' }),
      await of('cohort_likes_lift', { likes: 'b' }),
      await of('cohort_likes_lift', { likes: ['a', 'b', 'nobody'] }),
    ]
    expect(list[2]).toBeCloseTo((a[2] + b[2]) / 2, 9)
    // Nobody with the value b knows the first item.
    expect(list[0]).toBeCloseTo(a[0], 9)
    const [crossed, other] = await of('cohort_both_lift', { likes: 'a', member: true })
    expect(crossed).toBeGreaterThan(1)
    expect(other).toBeNaN()
    expect(await of('cohort_both_lift', { likes: 'a' })).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })

  it('of a protected attribute is missing below twenty other users', async () => {
    const domain = shopWith({
      userAttributes: { origin: { type: 'key', protected: true } },
      protectedAttributes: { use: ['origin'] },
      cohorts: { origin: ['user.origin'] },
    })
    const shop = await openShop(domain)
    await shop.record({ userId: 'else', eventType: 'view', itemId: 'boat' })
    await upload(shop, 'ann', { origin: 'here' })
    await shop.view('sled')
    for (let n = 0; n < 20; n++) {
      expect(await shop.feature('cohort_origin_lift', 'sled')).toBeNaN()
      await upload(shop, `u${n}`, { origin: 'here' })
      await shop.record({ userId: `u${n}`, eventType: 'view', itemId: 'sled' })
    }
    expect(await shop.feature('cohort_origin_lift', 'sled')).not.toBeNaN()
  })

  it('of a context counts events by the event attribute of the same name', async () => {
    const domain = shopWith({
      contextAttributes: { weather: 'key' },
      eventAttributes: { weather: 'key' },
      cohorts: { weather: ['context.weather'] },
    })
    const shop = await openShop(domain)
    for (let n = 0; n < 20; n++)
      for (const [weather, itemId] of [
        ['rain', 'umbrella'],
        ['sun', 'hat'],
      ])
        await shop.record({ userId: `u${n}`, eventType: 'view', itemId, eventAttributes: { weather } })
    const lifts = (weather: string) =>
      shop.features('cohort_weather_lift', { itemIds: ['umbrella', 'hat'], context: { weather } })
    expect((await lifts('rain'))[0]).toBeGreaterThan(1)
    expect((await lifts('sun'))[1]).toBeGreaterThan(1)
    expect((await lifts('snow'))[0]).toBeNaN()
  })

  it('of a context counts each event of one batch by its own attributes, also beside an attribute of the user', async () => {
    const domain = shopWith({
      userAttributes: { city: 'key' },
      contextAttributes: { weather: 'key', degrees: { type: 'number', bands: [0, 20] } },
      eventAttributes: { weather: 'key', degrees: 'number' },
      cohorts: { weather: ['context.weather'], degrees: ['context.degrees'], both: ['user.city', 'context.weather'] },
    })
    const shop = await openShop(domain)
    const [rain, sun] = [
      { weather: 'rain', degrees: 4 },
      { weather: ['sun'], degrees: 24.5 },
    ]
    for (let n = 0; n < 20; n++) {
      const userId = `u${n}`
      await upload(shop, userId, { city: 'graz' })
      const sent = [rain, sun, rain, sun].map((eventAttributes, at) => ({
        ...{ userId, eventId: `${n}-${at}`, eventType: 'view', eventAttributes },
        itemId: `${eventAttributes === rain ? 'umbrella' : 'hat'}-${at >> 1}`,
      }))
      expect((await shop.service.ingest.record(sent)).map(({ status }) => status)).toEqual(sent.map(() => 'RECORDED'))
    }
    await upload(shop, 'ann', { city: 'graz' })
    const itemIds = ['umbrella-0', 'umbrella-1', 'hat-0', 'hat-1']
    for (const [context, signs] of [
      [{ weather: 'rain', degrees: 0 }, [1, 1, -1, -1]],
      [{ weather: 'sun', degrees: 20 }, [-1, -1, 1, 1]],
      [{ weather: 'rain', degrees: 19 }, [1, 1, -1, -1]],
    ] as const)
      for (const cohort of ['weather', 'degrees', 'both']) {
        const lifts = await shop.features(`cohort_${cohort}_lift`, { itemIds, context })
        expect(lifts.map((lift) => (Number.isNaN(lift) ? -1 : Math.sign(lift)))).toEqual(signs)
      }
  })
})

/** One thing that happens in a small shop. */
type Happening =
  | {
      readonly kind: 'event'
      readonly userId: string
      readonly itemId: string
      readonly eventType: 'view' | 'add_to_cart' | 'purchase'
    }
  | { readonly kind: 'move'; readonly userId: string; readonly city: string | null }
  | { readonly kind: 'wait'; readonly ms: number }

const USERS = ['ann', 'bob', 'cleo', 'dan', 'eve']
const ITEMS = ['i1', 'i2', 'i3', 'i4']
const WEIGHTS = { view: 1, purchase: 3, add_to_cart: 6 }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      userId: fc.constantFrom(...USERS),
      itemId: fc.constantFrom(...ITEMS),
      eventType: fc.constantFrom('view' as const, 'add_to_cart' as const, 'purchase' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      userId: fc.constantFrom(...USERS),
      city: fc.constantFrom('graz', 'linz', null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: HOUR, max: 10 * DAY }) }) },
)

/** Of each user, what they count for: an item with its weight, the hour since when, and the city of then. */
type Shares = Map<string, Map<string, { weight: number; hour: number; city: string | null }>>

/** The lift of an item, from the shares of all other users, by the formula of the feature's description. */
function liftByHand(shares: Shares, userId: string, city: string, itemId: string, now: number): number {
  const held = [...shares]
    .filter(([other]) => other !== userId)
    .flatMap(([, items]) => [...items].map(([item, share]) => ({ item, ...share })))
  const weigh = (some: typeof held) =>
    some.reduce((sum, { weight, hour }) => sum + weight * 2 ** ((hour * HOUR - now) / (30 * DAY)), 0)
  const ofCity = held.filter((share) => share.city === city)
  const within = weigh(ofCity.filter(({ item }) => item === itemId))
  if (within === 0) return Number.NaN
  const [value, item, shop] = [weigh(ofCity), weigh(held.filter((share) => share.item === itemId)), weigh(held)]
  const prior = (10 * item) / shop
  const [inside, outside] = [within + prior, item - within + prior]
  const logOdds = Math.log(inside / (value + 10)) - Math.log(outside / (shop - value + 10))
  return logOdds / (1 + 1 / inside + 1 / outside)
}

it('a lift depends exactly on the events of all other users, whoever the user is, and however often values change', {
  timeout: PROPERTY_MS,
}, async () => {
  const property = fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 60 }), async (happenings) => {
    const shop = await openShop()
    const shares: Shares = new Map()
    const cities = new Map<string, string | null>()
    for (const one of happenings) {
      if (one.kind === 'wait') shop.clock.advance(one.ms)
      else if (one.kind === 'move') {
        cities.set(one.userId, one.city)
        await upload(shop, one.userId, { city: one.city })
      } else {
        const { userId, itemId, eventType } = one
        await shop.record({ userId, itemId, eventType })
        const items = shares.get(userId) ?? new Map()
        shares.set(userId, items)
        const weight = WEIGHTS[eventType]
        if (weight <= (items.get(itemId)?.weight ?? 0)) continue
        items.set(itemId, { weight, hour: Math.floor(shop.clock.now() / HOUR), city: cities.get(userId) ?? null })
      }
    }
    for (const userId of USERS) {
      const city = cities.get(userId)
      const found = await shop.features('cohort_city_lift', { userId, itemIds: ITEMS })
      for (const [at, itemId] of ITEMS.entries()) {
        const expected = city ? liftByHand(shares, userId, city, itemId, shop.clock.now()) : Number.NaN
        if (Number.isNaN(expected)) expect(found[at]).toBeNaN()
        else expect(found[at]).toBeCloseTo(expected, 5)
      }
    }
    await shop.service.close()
  })
  await checkProperty(property, 150)
})
