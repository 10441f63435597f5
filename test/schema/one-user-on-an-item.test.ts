import { expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { Service } from '../../src/service/service.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { serve } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const FLUSH = /* GraphQL */ `
  mutation ($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded results { counted notCounted } } }
  }
`
const TRENDING = '{ trending(first: 100) { score item { itemId } } }'
const ITEMS = 50

/** 10,000 events of 400 people on 50 items within a day. Of each item, fewer than of the one before. */
async function shopWith(service: Service): Promise<void> {
  await service.uploads.upsertItems(
    [...Array(ITEMS).keys(), ITEMS].map((n) => ({ itemId: n === ITEMS ? 'pushed' : `i${n}`, attributes: {} })),
  )
  const events = Array.from({ length: 10_000 }, (_, n) => ({
    userId: `shopper-${n % 400}`,
    itemId: `i${Math.floor(ITEMS * ((n * 0.618034) % 1) ** 2)}`,
    eventType: n % 10 === 0 ? 'add_to_cart' : 'view',
    timestamp: START - ((n * 7919) % (24 * 60)) * MINUTE,
  }))
  for (let n = 0; n < events.length; n += 1000) await service.ingest.record(events.slice(n, n + 1000), 'device')
}

onEachStoreWhenLong('one user', (open) => {
  it('of a single device cannot make an item popular, even with 24,000 purchases in 160 hours', async () => {
    const service = await open({ clock: new SettableClock(), tokens: { JWT_SECRET } })
    await shopWith(service)
    const { url } = await serve(service, { network: { RATE_PER_USER: 0, STORED_PER_USER: 0, RATE_PER_ADDRESS: 0 } })
    const credential = await deviceToken('me')
    const reasons: (string | null)[] = []
    for (let n = 0; n < 24_000; n += 1000) {
      const input = Array.from({ length: 1000 }, (_, at) => ({
        userId: 'me',
        itemId: 'pushed',
        eventType: 'purchase',
        timestamp: START - Math.floor(((n + at) / 24_000) * 160 * HOUR),
      }))
      const { data, errors } = await post(url, FLUSH, { input }, credential)
      expect(errors).toBeUndefined()
      const { results } = data!.recordEvents as { results: { counted: boolean; notCounted: string | null }[] }
      reasons.push(...results.map(({ notCounted }) => notCounted))
    }
    // Of each of the eight days that the hours are part of, ten purchases of weight 3.
    const { weightPerItemAndDay } = eCommerce.limits
    expect(reasons.filter((reason) => reason === null).length).toBeLessThanOrEqual((8 * weightPerItemAndDay) / 3)
    expect(new Set(reasons)).toEqual(new Set([null, 'ITEM_CAP']))
    const { data } = await post(url, TRENDING, {}, await token({ role: 'analyst', sub: 'a' }))
    const list = data!.trending as { score: number; item: { itemId: string } }[]
    const place = list.findIndex(({ item }) => item.itemId === 'pushed')
    // A day ago weighs half: what counts of all days weighs less than three times that of a day.
    expect(list[place].score).toBeLessThan(3 * weightPerItemAndDay)
    expect(place).toBe(ITEMS)
  })
})
