import { expect, it } from 'vitest'
import { z } from 'zod'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { MINUTE } from '../../src/time-units.ts'
import { failing, mergesOn } from '../events/merging.ts'
import { CITIES, shopWith } from '../support/cohort-shop.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { featureInput } from '../support/features.ts'
import { itWhenLong } from '../support/long.ts'
import { asker } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { entitiesOf } from '../support/stored-entities.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const SLATE = /* GraphQL */ `
  query ($input: RecommendationsInput!) {
    recommendations(input: $input) {
      items { item { itemId } reason { code en: text(locale: "en") de: text(locale: "de") ja: text(locale: "ja") } }
    }
  }
`
const answered = z.object({
  recommendations: z.object({
    items: z.array(
      z.object({
        item: z.object({ itemId: z.string() }),
        reason: z.object({ code: z.string(), en: z.string(), de: z.string(), ja: z.string() }),
      }),
    ),
  }),
})

async function slate(service: OpenedService, input: object, first = 5) {
  const { data, errors } = await asker(service)(SLATE, { input: { first, ...input } })
  expect(errors).toBeUndefined()
  return answered.parse(data).recommendations.items
}

const REASON = {
  code: 'PEOPLE_LIKE_YOU',
  en: 'Popular with people like you',
  de: 'Beliebt bei Menschen wie Ihnen',
  ja: 'あなたと似た人に人気',
}

async function upload({ uploads }: OpenedService, people: { readonly [userId: string]: JsonObject }): Promise<void> {
  const input = Object.entries(people).map(([userId, attributes]) => ({ userId, attributes }))
  expect((await uploads.upsertUsers(input)).errors).toEqual([])
}

let sent = 0
async function act(service: OpenedService, events: readonly (Partial<EventInput> & { userId: string })[]): Promise<void> {
  const inputs = events.map((event) => ({ eventId: `e${++sent}`, eventType: 'view', ...event }))
  for (const { status } of await service.ingest.record(inputs)) expect(status).toBe('RECORDED')
  await service.store.settle()
}

/** A shop with 60 items, where each of 20 people of Graz likes five of the items 0 to 9, and 100 people of Linz like the others. */
async function openPlanted(service: OpenedService): Promise<void> {
  const items = Array.from({ length: 60 }, (_, n) => ({ itemId: `i${n}`, attributes: { category: `c${n % 3}` } }))
  await service.uploads.upsertItems(items)
  const people = Array.from({ length: 120 }, (_, n) => ({ userId: `u${n}`, city: n < 20 ? 'graz' : 'linz' }))
  await upload(service, Object.fromEntries(people.map(({ userId, city }) => [userId, { city }])))
  const views = people.flatMap(({ userId, city }, n) =>
    Array.from({ length: 5 }, (_, k) => ({
      userId,
      itemId: city === 'graz' ? `i${(n * 3 + k * 7) % 10}` : `i${10 + ((n * 7 + k * 11) % 50)}`,
    })),
  )
  await act(service, views)
}

async function lift(service: OpenedService, userId: string, itemId: string, name = 'cohort_city_lift'): Promise<number> {
  const input = await featureInput(service, { userId, itemIds: [itemId] })
  return service.accumulators.features.get(name)!.column!(input)(0)
}

bothStoresWhenLong((open) => {
  it('a user without events gets items that the people of their city like, with a reason that names no value', async () => {
    const service = await open({ domain: CITIES })
    await openPlanted(service)
    await upload(service, { ann: { city: 'graz' }, bob: { city: 'linz' } })
    const ofGraz = await slate(service, { userId: 'ann' })
    const liked = (itemId: string) => Number(itemId.slice(1)) < 10
    expect(ofGraz.map(({ item }) => liked(item.itemId))).toEqual([true, true, true, true, true])
    // Of an item on the lists of several sources, the reason is that of the source that ranks it highest.
    const { reason } = ofGraz.find(({ reason }) => reason.code !== 'TRENDING')!
    expect(reason).toEqual(REASON)
    const ofLinz = await slate(service, { userId: 'bob' })
    expect(ofLinz.map(({ item }) => liked(item.itemId))).toEqual([false, false, false, false, false])
    const unknown = await slate(service, { userId: 'nobody' })
    expect(unknown.map(({ reason }) => reason.code)).not.toContain(REASON.code)
  })

  it('a value of the context leads to items on which people act in the same context', async () => {
    const domain = shopWith({
      contextAttributes: { weather: 'key' },
      eventAttributes: { weather: 'key' },
      cohorts: { weather: ['context.weather'] },
    })
    const service = await open({ domain })
    const itemIds = Array.from({ length: 20 }, (_, n) => `i${n}`)
    await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: {} })))
    for (let n = 0; n < 150; n++) {
      const inRain = { userId: `u${n}`, itemId: `i${n % 2}`, eventAttributes: { weather: 'rain' } }
      const inSun = { userId: `u${n}`, itemId: `i${2 + (n % 18)}`, eventAttributes: { weather: 'sun' } }
      // In both kinds of weather, users choose early and late: what comes first is learned apart.
      await act(service, n % 3 === 0 ? [inRain, inSun] : [inSun, inRain])
    }
    const wet = await slate(service, { userId: 'ann', context: { weather: 'rain' } }, 2)
    expect(wet.map(({ item }) => item.itemId).sort()).toEqual(['i0', 'i1'])
    const dry = await slate(service, { userId: 'ann', context: { weather: 'sun' } }, 2)
    expect(dry.map(({ item }) => Number(item.itemId.slice(1)) >= 2)).toEqual([true, true])
  })

  it('a user who is alone in their city gets nothing from their own events', async () => {
    const service = await open({ domain: CITIES })
    await openPlanted(service)
    await upload(service, { ann: { city: 'wels' } })
    await act(
      service,
      Array.from({ length: 40 }, (_, n) => ({ userId: 'ann', itemId: `i${n}` })),
    )
    const items = await slate(service, { userId: 'ann' }, 50)
    expect(items.map(({ reason }) => reason.code)).not.toContain(REASON.code)
  })

  it('a protected attribute leads to no items for fewer than twenty other users', async () => {
    const domain = shopWith({
      userAttributes: { city: { type: 'key', protected: true } },
      protectedAttributes: { use: ['city'] },
      cohorts: { city: ['user.city'] },
    })
    const service = await open({ domain })
    await openPlanted(service)
    const codes = async (userId: string) => (await slate(service, { userId })).map(({ reason }) => reason.code)
    // The nineteen others of Graz are too few for one of them.
    expect(await codes('u0')).not.toContain(REASON.code)
    await upload(service, { ann: { city: 'graz' } })
    expect(await codes('ann')).toContain(REASON.code)
  })

  it('after a move, earlier events of a user count for the former city, and later ones for the new city', async () => {
    const service = await open({ domain: CITIES })
    await openPlanted(service)
    await upload(service, { ann: { city: 'graz' }, bob: { city: 'linz' }, mover: { city: 'graz' } })
    const before = [await lift(service, 'ann', 'i0'), await lift(service, 'bob', 'i20')]
    await act(service, [{ userId: 'mover', itemId: 'i0' }])
    const stayed = await lift(service, 'ann', 'i0')
    expect(stayed).toBeGreaterThan(before[0])
    await upload(service, { mover: { city: 'linz' } })
    expect(await lift(service, 'ann', 'i0')).toBeCloseTo(stayed, 6)
    // Their own part is left out where it was counted.
    await upload(service, { mover: { city: 'graz' } })
    expect(await lift(service, 'mover', 'i0')).toBeCloseTo(before[0], 6)
    await upload(service, { mover: { city: 'linz' } })
    await act(service, [{ userId: 'mover', itemId: 'i20' }])
    expect(await lift(service, 'bob', 'i20')).toBeGreaterThan(before[1])
  })

  it('an erasure subtracts everything that the person added, under all ids of the person', async () => {
    const service = await open({ domain: CITIES })
    await openPlanted(service)
    await upload(service, { ann: { city: 'graz' }, anon: { city: 'graz' }, gone: { city: 'graz' } })
    const lifts = async () => [await lift(service, 'ann', 'i0'), await lift(service, 'u5', 'i3')]
    const before = await lifts()
    await act(service, [
      { userId: 'gone', itemId: 'i0', eventType: 'purchase' },
      { userId: 'gone', itemId: 'i50' },
      { userId: 'anon', itemId: 'i0' },
      { userId: 'anon', itemId: 'i3', eventType: 'add_to_cart' },
    ])
    await service.people.merge('anon', 'gone')
    expect(await lifts()).not.toEqual(before)
    await service.erasures.erase('gone')
    const after = await lifts()
    for (const at of [0, 1]) expect(after[at]).toBeCloseTo(before[at], 6)
  })

  it('an erasure subtracts the state only once that an unfinished merge holds under both ids', async () => {
    const service = await open({ domain: CITIES })
    await openPlanted(service)
    await upload(service, { ann: { city: 'graz' }, anon: { city: 'graz' }, gone: { city: 'graz' } })
    const before = await lift(service, 'ann', 'i0')
    await act(service, [
      { userId: 'gone', itemId: 'i0' },
      { userId: 'anon', itemId: 'i0', eventType: 'purchase' },
    ])
    // The first three of the four steps of the merge.
    const { store } = failing(service.store, 3, 'before')
    await expect(mergesOn(service, store).merge('anon', 'gone')).rejects.toThrow('cut')
    await service.erasures.erase('anon')
    await service.store.settle()
    expect(await lift(service, 'ann', 'i0')).toBeCloseTo(before, 6)
  })

  it('two ids of one person count as one from the next event on, and never for that person', async () => {
    const [merged, single] = [await open({ domain: CITIES }), await open({ domain: CITIES })]
    for (const service of [merged, single]) {
      await upload(service, { ann: { city: 'wels' }, bob: { city: 'wels' } })
      await act(service, [
        { userId: 'dan', itemId: 'i2' },
        { userId: 'ann', itemId: 'i1', eventType: 'purchase' },
      ])
    }
    await upload(merged, { anon: { city: 'wels' } })
    await act(merged, [{ userId: 'anon', itemId: 'i1' }])
    await merged.people.merge('anon', 'ann')
    await merged.store.settle()
    expect(await lift(merged, 'ann', 'i1')).toBeNaN()
    for (const service of [merged, single]) await act(service, [{ userId: 'ann', itemId: 'i3' }])
    expect(await lift(merged, 'ann', 'i1')).toBeNaN()
    for (const itemId of ['i1', 'i3']) expect(await lift(merged, 'bob', itemId)).toBeCloseTo(await lift(single, 'bob', itemId), 6)
  })

  itWhenLong('of 10,000 values of a key, 1,000 count separately, and the others together', async () => {
    const service = await open({ domain: CITIES })
    const people = Array.from({ length: 1250 }, (_, n) => {
      const sentTexts = n === 0 ? 1000 : 8
      return { userId: `u${n}`, city: Array.from({ length: sentTexts }, (_, k) => `t${n * 8 + k}`) }
    })
    for (let start = 0; start < people.length; start += 50) {
      const some = people.slice(start, start + 50)
      await upload(service, Object.fromEntries(some.map(({ userId, city }) => [userId, { city }])))
      await act(
        service,
        some.map(({ userId }, at) => ({ userId, itemId: `i${at % 10}` })),
      )
    }
    const counted = (await entitiesOf(service)).filter((entity) => entity.startsWith('attribute:cohort_city='))
    expect(counted).toHaveLength(1001)
    await upload(service, { ann: { city: 't3' }, bob: { city: 't9999' }, cleo: { city: 't8001' } })
    expect(await lift(service, 'ann', 'i0')).not.toBeNaN()
    // Both are among the others.
    expect(await lift(service, 'bob', 'i1')).not.toBeNaN()
    expect(await lift(service, 'cleo', 'i1')).toBe(await lift(service, 'bob', 'i1'))
  })

  it('a value that was one of too many counts separately for its users once it is among the most common ones', async () => {
    const service = await open({ domain: CITIES })
    const countsSeparately = async () => (await entitiesOf(service)).includes('attribute:cohort_city=late')
    await service.uploads.upsertItems(['i0', 'i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
    for (let start = 0; start < 1000; start += 100) {
      const ids = Array.from({ length: 100 }, (_, n) => `u${start + n}`)
      await upload(service, Object.fromEntries(ids.map((userId) => [userId, { city: `t-${userId}` }])))
      await act(
        service,
        ids.map((userId) => ({ userId, itemId: 'i0' })),
      )
    }
    await upload(service, Object.fromEntries(['ann', 'bob', 'cleo'].map((userId) => [userId, { city: 'late' }])))
    for (const userId of ['ann', 'bob', 'cleo']) await act(service, [{ userId, itemId: 'i1' }])
    expect(await countsSeparately()).toBe(false)
    service.clock.advance(2 * MINUTE)
    await act(service, [{ userId: 'ann', itemId: 'i2' }])
    expect(await countsSeparately()).toBe(true)
  })
})

bothStoresWhenLong((open, kind) => {
  it('an attribute that becomes another kind counts anew, and neither people nor sums are lost', async () => {
    const where = kind === 'embedded' ? { dataDir: await temporaryDirectory() } : { prefix: `kinds-${process.pid}` }
    const before = await open({ domain: CITIES, ...where })
    await openPlanted(before)
    await upload(before, { ann: { city: 'graz' } })
    expect(await lift(before, 'ann', 'i0')).not.toBeNaN()
    await before.close()
    const asFlag = shopWith({ userAttributes: { city: 'flag' }, cohorts: { city: ['user.city'] } })
    const service = await open({ domain: asFlag, ...where })
    expect(await lift(service, 'ann', 'i0')).toBeNaN()
    await upload(service, { ann: { city: true }, bob: { city: true } })
    // What users did as people of Graz is taken back there when it rises, and counts under the new value.
    await act(service, [
      { userId: 'bob', itemId: 'i0' },
      { userId: 'u0', itemId: 'i0', eventType: 'purchase' },
    ])
    expect(await lift(service, 'ann', 'i0')).toBeGreaterThan(0)
    await service.close()
    const again = await open({ domain: CITIES, ...where })
    await upload(again, { ann: { city: 'graz' } })
    expect(await lift(again, 'ann', 'i3')).not.toBeNaN()
  })
})
