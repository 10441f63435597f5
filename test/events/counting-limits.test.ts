import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REWARD_SUMS, rewardSumsKey } from '../../src/accumulators/reward-model.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { EventOutcome } from '../../src/events/arriving-event.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { attributeKey, itemKey } from '../../src/state/slots.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import { IS_LONG, itWhenLong } from '../support/long.ts'
import { snapshot } from '../support/state-snapshot.ts'
import { domain, eventsOf, type NotCountedReason, reasonOf, record, sums, times } from './counted-events.ts'

bothStores((openWith, store) => {
  const open = () => openWith({ domain })

  describe('an event that does not count', () => {
    it('comes from staff, monitoring or bots, by an attribute of the event', async () => {
      const service = await open()
      for (const traffic of ['staff', 'monitoring', 'bot']) await record(service, { eventAttributes: { traffic } })
      expect(await eventsOf(service)).toBe(0)
      expect((await sums(service)).views).toBe(0)
      await record(service, { eventAttributes: { traffic: 'organic' } })
      expect(await eventsOf(service)).toBe(1)
    })

    it('exceeds the limit of the minute in which it happened', async () => {
      const service = await open()
      const items = Array.from({ length: 8 }, (_, n) => ({ itemId: `i${n}` }))
      await record(service, ...items)
      expect(await eventsOf(service)).toBe(5)
      const before = service.clock.now() - HOUR
      await record(service, ...items.map((item) => ({ ...item, timestamp: before })))
      expect(await eventsOf(service)).toBe(10)
      await record(service, { userId: 'bob' })
      expect(await eventsOf(service, 'bob')).toBe(1)
      service.clock.advance(MINUTE)
      await record(service, {})
      expect(await eventsOf(service)).toBe(11)
    })

    it('exceeds the limit of an item and hour, and is missing only in the totals of the item', async () => {
      const service = await open()
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: { brand: 'acme' } }])
      await record(service, ...times(5))
      service.clock.advance(MINUTE)
      await record(service, ...times(2), { timestamp: service.clock.now() - 2 * HOUR }, { itemId: 'another' })
      expect(await eventsOf(service)).toBe(9)
      // Three of this hour, and the one of two hours ago.
      const { user } = await readKnownUser(service, 'ann', service.clock.now())
      expect(user.parts.get('pairs')).toMatchObject({ item: ['another', 'i1'], views: [1, 8] })
      expect((await sums(service)).views).toBe(4)
      expect((await sums(service, attributeKey('brand', 'acme'))).last_seen).toBeGreaterThan(0)
      expect((await sums(service, itemKey('another'))).views).toBe(1)
      await record(service, { userId: 'bob' })
      expect((await sums(service)).views).toBe(5)
      service.clock.advance(HOUR)
      await record(service, ...times(4))
      expect((await sums(service)).views).toBe(8)
    })

    it('on one item of a slate does not affect the other items', async () => {
      const service = await open()
      const items = [{ itemId: 'i1' }, { itemId: 'i2' }]
      const slate = { userId: 'ann', surface: 'home', device: 'ios', items }
      await service.store.putSlate({ kind: 'slate', recommendationId: '00-s', userId: 'ann', at: service.clock.wall(), slate })
      await record(service, ...times(3))
      await record(service, { itemId: undefined, eventType: 'impression', recommendationId: '00-s', positions: [1, 2] })
      expect((await sums(service)).impressions).toBe(0)
      expect((await sums(service, itemKey('i2'))).impressions).toBe(1)
    })

    it('is answered with the reason, also if it is a duplicate', async () => {
      const service = await open()
      const now = service.clock.now()
      const cases: [NotCountedReason | undefined, Partial<EventInput>][] = [
        [undefined, {}],
        ['LATE', { timestamp: now - 8 * DAY }],
        ['MARKED_TRAFFIC', { eventAttributes: { traffic: 'staff' } }],
        [undefined, {}],
        [undefined, {}],
        ['ITEM_CAP', {}],
        [undefined, { itemId: 'i2' }],
        ['RATE_LIMIT', { itemId: 'i3' }],
      ]
      const inputs = cases.map(([, input], n) => ({ eventId: `r${n}`, userId: 'ann', itemId: 'i1', eventType: 'view', ...input }))
      const reasons = cases.map(([reason]) => reason)
      // The second half twice, in the call itself.
      const first = await service.ingest.record([...inputs, ...inputs.slice(4)])
      expect(first.map(({ status }) => status)).toEqual([...cases.map(() => 'RECORDED'), ...times(4).map(() => 'DUPLICATE')])
      expect(first.map(reasonOf)).toEqual([...reasons, ...reasons.slice(4)])
      const again = await service.ingest.record(inputs)
      expect(again.map(({ status }) => status)).toEqual(cases.map(() => 'DUPLICATE'))
      expect(again.map(reasonOf)).toEqual(reasons)
      await service.uploads.upsertUsers([{ userId: 'ann', optOut: true, attributes: {} }])
      const [outcome] = await service.ingest.record([{ userId: 'ann', eventType: 'view' }])
      expect([outcome.status, reasonOf(outcome)]).toEqual(['DISCARDED', 'OPTED_OUT'])
    })

    it('names too many invented items or surfaces in an hour, and is missing only in their totals', async () => {
      const service = await openWith({ domain: { ...domain, limits: { ...eCommerce.limits, unknownPerHour: 3 } } })
      await service.uploads.upsertItems([
        { itemId: 'sold', attributes: {} },
        { itemId: 'gone', attributes: {} },
      ])
      await service.uploads.deleteItems(['gone'])
      const before = Object.keys((await snapshot(service, [])).rows).length
      const flood = Array.from({ length: 50 }, (_, n) => ({
        userId: 'ann',
        itemId: `made-up-${n}`,
        eventType: n % 2 ? 'click' : 'impression',
        eventAttributes: { surface: `made-up-${n}` },
        timestamp: service.clock.now() - n * HOUR,
      }))
      const reasons = (await service.ingest.record(flood, 'device')).map(reasonOf)
      expect(reasons).toEqual(flood.map((_, n) => (n < 3 ? undefined : 'UNKNOWN_ITEM_CAP')))
      // All of them count for the user; impressions are no activity.
      expect(await eventsOf(service)).toBe(flood.length / 2)
      const { rows } = await snapshot(service, [])
      expect(Object.keys(rows).filter((entity) => /made-up-([3-9]|\d\d)/.test(entity))).toEqual([])
      expect(Object.keys(rows).length).toBeLessThan(before + 20)
      // Known items count as ever, also with an invented surface, and so does another user.
      const known = [
        { userId: 'ann', eventType: 'view', itemId: 'sold', eventAttributes: { surface: 'made-up-99' } },
        { userId: 'ann', eventType: 'view', itemId: 'gone' },
        { userId: 'bob', eventType: 'view', itemId: 'made-up-9' },
      ]
      await service.ingest.record(known, 'device')
      const after = await snapshot(service, [])
      expect(after.rows[attributeKey('surface', 'made-up-99')]).toBeUndefined()
      for (const itemId of ['sold', 'gone', 'made-up-9']) expect((await sums(service, itemKey(itemId))).views).toBe(1)
      service.clock.advance(HOUR)
      await service.ingest.record([{ userId: 'ann', eventType: 'view', itemId: 'made-up-9' }], 'device')
      expect((await sums(service, itemKey('made-up-9'))).views).toBe(2)
    })

    it('is never one that a server sends about unknown items and surfaces', async () => {
      const service = await openWith({ domain: { ...domain, limits: { ...eCommerce.limits, unknownPerHour: 3 } } })
      const history = Array.from({ length: 50 }, (_, n) => ({
        userId: 'ann',
        itemId: `old-${n}`,
        eventType: 'view',
        eventAttributes: { surface: `old-${n}` },
      }))
      expect((await service.ingest.record(history)).map(reasonOf)).toEqual(history.map(() => undefined))
      for (const { itemId } of history) expect((await sums(service, itemKey(itemId))).views).toBe(1)
      const { rows } = await snapshot(service, [])
      expect(rows[attributeKey('surface', 'old-49')]).toBeDefined()
      // They leave a device its own number.
      const [outcome] = await service.ingest.record([{ userId: 'ann', eventType: 'view', itemId: 'new' }], 'device')
      expect(reasonOf(outcome)).toBeUndefined()
    })

    it('exceeds the weight that devices of a user may add to an item in a day, through any process', async () => {
      const prefix = `weight-${process.pid}`
      const shop = { ...eCommerce, limits: { ...eCommerce.limits, weightPerItemAndDay: 12 } }
      const services = [await openWith({ domain: shop, prefix })]
      const [{ clock, redisUrl }] = services
      if (redisUrl !== undefined) for (const _ of [1, 2]) services.push(await openWith({ domain: shop, prefix, clock }))
      const flood = Array.from({ length: 240 }, (_, n) => ({
        userId: 'ann',
        itemId: 'i1',
        eventType: n % 2 ? 'purchase' : 'impression',
        eventId: `f${n}`,
        timestamp: clock.now() - (n % 48) * HOUR,
      }))
      const outcomes = await Promise.all(
        services.map((service, i) =>
          service.ingest.record(
            flood.filter((_, n) => n % services.length === i),
            'device',
          ),
        ),
      )
      const days = new Set(flood.map(({ timestamp }) => Math.floor(timestamp / DAY))).size
      const reasons = outcomes.flat().map(reasonOf)
      expect(reasons.filter((reason) => reason === undefined).length).toBe(days * (4 + 12))
      expect(new Set(reasons)).toEqual(new Set([undefined, 'ITEM_CAP']))
      const { purchases, impressions } = await sums(services[0])
      expect([purchases, impressions]).toEqual([4 * days, 12 * days])
      expect(await eventsOf(services[0])).toBe(120)
      // What a server says of the same user counts, and so does another user.
      await record(services[0], ...times(20, { eventType: 'purchase' }))
      await services[0].ingest.record([{ userId: 'bob', itemId: 'i1', eventType: 'purchase' }], 'device')
      expect((await sums(services[0])).purchases).toBe(4 * days + 21)
    })

    // What limits count is the same on Redis. The next but two cases have several processes there.
    const itOnOneStore = store === 'embedded' ? it : itWhenLong
    itOnOneStore('is never in an offline queue that views each item once, or ten times a day', async () => {
      const service = await openWith({ domain: eCommerce })
      const now = service.clock.now()
      const seenOnce = Array.from({ length: 1500 }, (_, n) => ({
        itemId: `once${n}`,
        eventType: 'impression',
        timestamp: now - HOUR + n * 1000,
      }))
      const bought = Array.from({ length: 50 }, (_, n) => ({
        itemId: `bought${n}`,
        eventType: 'purchase',
        timestamp: now - n * 1000,
      }))
      const often = Array.from({ length: 6000 }, (_, n) => ({
        itemId: `often${(n * 7919) % 600}`,
        eventType: 'view',
        timestamp: now - Math.floor((n / 6000) * DAY),
      }))
      const all = [...seenOnce, ...bought, ...often]
      await service.uploads.upsertItems(
        [...new Set(all.map(({ itemId }) => itemId))].map((itemId) => ({ itemId, attributes: {} })),
      )
      for (let n = 0; n < all.length; n += 500) {
        const outcomes = await service.ingest.record(
          all.slice(n, n + 500).map((event) => ({ ...event, userId: 'ann' })),
          'device',
        )
        expect(outcomes.flatMap((outcome) => reasonOf(outcome) ?? [])).toEqual([])
      }
      expect((await sums(service, itemKey('often7'))).views).toBe(10)
    })

    it('leaves an explored decision open for a later reward that counts', async () => {
      const service = await open()
      const drawn = { decision: 7, decided: service.clock.now(), sums: 'home', inputs: [90], best: 0.1, weight: 0 }
      const slate = { userId: 'ann', surface: 'home', items: [{ itemId: 'i1' }], explored: { itemId: 'i1', ...drawn } }
      await service.store.putSlate({ kind: 'slate', recommendationId: '00-s', userId: 'ann', at: service.clock.wall(), slate })
      const rewards = async () => {
        await service.store.settle()
        const [{ members }] = await service.store.readSets([{ entity: rewardSumsKey('home'), set: REWARD_SUMS, limit: 10 }])
        return members.filter((member) => member.startsWith('r*'))
      }
      const [named, click] = [{ recommendationId: '00-s' }, { recommendationId: '00-s', eventType: 'click' }]
      await record(service, { ...named, eventType: 'impression' }, ...times(2), click)
      expect(await rewards()).toEqual([])
      service.clock.advance(HOUR)
      await record(service, click)
      expect((await rewards()).sort()).toEqual(['r*0', 'r*1'])
    })

    it('adds nothing to the draw of an item over its limit, if it names items within theirs', async () => {
      const service = await open()
      const { clock, store } = service
      const drawn = { decision: 7, decided: clock.now(), sums: 'home', inputs: [90], best: 0.1, weight: 0 }
      const items = ['i1', 'i2'].map((itemId) => ({ itemId }))
      const slate = { userId: 'ann', surface: 'home', items, explored: { itemId: 'i1', ...drawn } }
      await store.putSlate({ kind: 'slate', recommendationId: '00-s', userId: 'ann', at: clock.wall(), slate })
      const counted = async () => {
        await store.settle()
        const [{ members }] = await store.readSets([{ entity: rewardSumsKey('home'), set: REWARD_SUMS, limit: 10 }])
        return members.length
      }
      const named = { recommendationId: '00-s', itemId: null, positions: [1, 2] }
      await record(service, ...times(3))
      await record(service, { ...named, eventType: 'impression' }, { ...named, eventType: 'click' })
      expect(await counted()).toBe(0)
      clock.advance(HOUR)
      // Now i2 is over its limit, and the draw is of i1.
      await record(service, ...times(3, { itemId: 'i2' }), { ...named, eventType: 'impression' })
      expect(await counted()).toBe(3)
    })

    it(
      'does not depend on the order of honest events, nor on the process that gets them',
      async () => {
        const prefix = `any-order-${process.pid}`
        const first = await openWith({ domain, prefix })
        const others = first.redisUrl === undefined ? [] : [await openWith({ domain, prefix, clock: first.clock })]
        const services = [first, ...others]
        const now = first.clock.now()
        // As many as the limits allow: 5 in each of 40 minutes, each of 100 items 2 times in an hour.
        const honest = Array.from({ length: 200 }, (_, n) => ({
          itemId: `h${n % 100}`,
          eventType: 'view',
          timestamp: now - DAY + Math.floor(n / 5) * MINUTE,
        }))
        let runs = 0
        const anyOrder = fc.shuffledSubarray(honest, { minLength: honest.length })
        const ofServices = fc.array(fc.nat(services.length - 1), { minLength: honest.length, maxLength: honest.length })
        await checkProperty(
          fc.asyncProperty(anyOrder, ofServices, fc.integer({ min: 1, max: 50 }), async (order, places, batch) => {
            const userId = `u${++runs}`
            const sent = order.map((event, n) => ({ ...event, userId, eventId: `${n}` }))
            const reasons = await Promise.all(
              services.map(async (service, i) => {
                const own = sent.filter((_, n) => places[n] === i)
                const all: EventOutcome[] = []
                for (let n = 0; n < own.length; n += batch) all.push(...(await service.ingest.record(own.slice(n, n + batch))))
                return all.flatMap((outcome) => reasonOf(outcome) ?? [])
              }),
            )
            expect(reasons.flat()).toEqual([])
            expect(await eventsOf(first, userId)).toBe(honest.length)
          }),
          12,
        )
        expect((await sums(first, itemKey('h7'))).views).toBe(2 * runs)
      },
      PROPERTY_MS,
    )

    it('is never in an honest offline queue, in whatever order and through whatever process it arrives', async () => {
      const shop = { ...eCommerce, limits: { ...eCommerce.limits, eventsPerMinute: 4, eventsPerItemAndHour: 8 } }
      const prefix = `queue-${process.pid}`
      const services = [await openWith({ domain: shop, prefix })]
      if (services[0].redisUrl !== undefined) {
        for (const _ of [1, 2]) services.push(await openWith({ domain: shop, prefix, clock: services[0].clock }))
      }
      const now = services[0].clock.now()
      // A day of 4 events in each minute, on 30 items: each is met 8 times an hour.
      const queue = Array.from({ length: 24 * 60 * 4 }, (_, n) => ({
        itemId: `i${n % 30}`,
        eventType: 'view',
        timestamp: now - DAY + Math.floor(n / 4) * MINUTE + (n % 4) * 1000,
      }))
      let queues = 0
      const orders: [string, (index: number) => number][] = [
        ['newest-first', (index) => -index],
        ['shuffled', (index) => (index * 7919) % queue.length],
        ['quarters', (index) => (index % (queue.length / 4)) * 4 + Math.floor((4 * index) / queue.length)],
      ]
      // In every order on the embedded store; on Redis, one shows that it does not matter which process gets what.
      for (const [user, place] of store === 'embedded' || IS_LONG ? orders : orders.slice(1, 2)) {
        queues++
        const sent = queue.map((event, n) => ({ place: place(n), event: { ...event, userId: user, eventId: `${user}${n}` } }))
        sent.sort((a, b) => a.place - b.place)
        const ofService = services.map((_, i) => sent.filter((__, n) => n % services.length === i).map(({ event }) => event))
        const outcomes = await Promise.all(
          services.map(async (service, i) => {
            const all: EventOutcome[] = []
            for (let n = 0; n < ofService[i].length; n += 500)
              all.push(...(await service.ingest.record(ofService[i].slice(n, n + 500))))
            return all
          }),
        )
        expect(outcomes.flat().flatMap((outcome) => reasonOf(outcome) ?? [])).toEqual([])
        expect(await eventsOf(services[0], user)).toBe(queue.length)
      }
      expect((await sums(services[0], itemKey('i0'))).views).toBe((queues * queue.length) / 30)
    })
  })
})
