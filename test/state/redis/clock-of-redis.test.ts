import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { DAY, SECOND } from '../../../src/time-units.ts'
import { onRedis } from '../../support/each-store.ts'
import { featureInput } from '../../support/features.ts'
import { seededRandomness } from '../../support/seeded-randomness.ts'
import type { Open, OpenedService } from '../../support/service.ts'

const YEAR = 365 * DAY
const EVENT = { eventId: 'e1', userId: 'ann', eventType: 'view', itemId: 'i1' }

/** Redis keeps the time at which a key expires. So if its clock jumps, each key has as much less time left. */
async function jump({ redisUrl, prefix }: OpenedService, ms: number): Promise<void> {
  const redis = new Redis(redisUrl!)
  for (const key of await redis.keys(`*${prefix}*`)) {
    const left = await redis.pttl(key)
    if (left > 0) await redis.pexpire(key, Math.max(1, left - ms))
    // Redis deletes an expired key at the latest when it is read.
    if (left > 0 && left <= ms) await redis.del(key)
  }
  redis.disconnect()
}

async function values({ store, accumulators, catalogue, ...service }: OpenedService) {
  await store.settle()
  const stored = await store.readValues(['ann', 'refusing'].map((id) => ({ kind: 'user', id })))
  const [ann, refusing] = stored.map((value) => accumulators.codec.decode(value))
  const input = await featureInput({ ...service, store, accumulators, catalogue } as OpenedService, {
    userId: 'ann',
    itemIds: ['i1'],
  })
  const count = (name: string) => accumulators.features.get(name)!.column!(input)(0)
  return {
    attributes: ann.attributes,
    refused: refusing.consent?.given,
    events: (await store.readEvents('ann')).length,
    counts: ['item_views', 'user_events'].map(count),
    items: catalogue.size,
  }
}

onRedis('the clock of Redis', (open: Open) => {
  async function shop() {
    const random = seededRandomness()
    const service = await open({ random })
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: { title: 'One' } }])
    await service.uploads.upsertUsers([
      { userId: 'ann', attributes: { segment: 's' } },
      { userId: 'refusing', attributes: {}, consent: false },
    ])
    await service.ingest.record([EVENT])
    return { service, random, before: await values(service) }
  }

  it.each([
    ['a second ahead', SECOND],
    ['a day ahead', DAY],
    ['a second behind', -SECOND],
    ['a day behind', -DAY],
    ['400 days behind', -400 * DAY],
    ['30 years behind', -30 * YEAR],
  ])('that jumps to be %s takes nothing away, and the next process goes on', async (_, ms) => {
    const { service, random, before } = await shop()
    await jump(service, ms)
    expect(await values(service)).toEqual(before)
    const { prefix } = service
    await service.close()
    await jump(service, ms)
    const next = await open({ prefix, random })
    expect((await next.ingest.record([EVENT]))[0]).toMatchObject({ status: 'DUPLICATE' })
    await next.ingest.record([{ ...EVENT, eventId: 'e2' }])
    expect(await values(next)).toEqual({ ...before, events: 2, counts: [2, 2] })
  })

  it.each([
    ['400 days', 400 * DAY],
    ['30 years', 30 * YEAR],
  ])('that jumps ahead by %s takes what expires, and neither items nor refusals: the service goes on', async (_, ms) => {
    const { service, before } = await shop()
    await jump(service, ms)
    expect(await values(service)).toMatchObject({ items: before.items, refused: false, events: 0 })
    await service.ingest.record([{ ...EVENT, eventId: 'e2' }])
    expect(await values(service)).toMatchObject({ events: 1, counts: [1, 1] })
  })
})
