import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { JoinedReads } from '../../../src/state/redis/joined-reads.ts'
import { checkProperty } from '../../support/check-property.ts'
import { onRedis } from '../../support/each-store.ts'
import { REQUEST } from '../../support/slate-request.ts'

const ITEMS = Array.from({ length: 600 }, (_, n) => `i${n}`)

it('joined reads give each reader the same answer as a separate read, however many read in one turn', async () => {
  const name = fc.nat({ max: 700 })
  // The readers of some turns, each with the names that it reads.
  const turns = fc.array(fc.array(fc.array(name, { maxLength: 400 }), { minLength: 1, maxLength: 5 }), { maxLength: 4 })
  const property = fc.asyncProperty(turns, fc.integer({ min: 1, max: 5 }), async (asked, slots) => {
    const sent: (readonly number[])[] = []
    const reads = new JoinedReads<number, string>({
      idOf: String,
      slotOf: (read) => String(read % slots),
      send: async (of) => {
        sent.push(of)
        return of.map((read) => `found ${read}`)
      },
    })
    for (const readers of asked) {
      sent.length = 0
      const found = await Promise.all(readers.map((of) => reads.read(of)))
      expect(found).toEqual(readers.map((of) => of.map((read) => `found ${read}`)))
      expect(sent.flat().sort()).toEqual([...new Set(readers.flat())].sort())
      for (const of of sent) {
        expect(of.length).toBeLessThanOrEqual(256)
        expect(new Set(of.map((read) => read % slots)).size).toBe(1)
      }
    }
  })
  await checkProperty(property, 100)
})

it('joined reads fail together, and later ones are sent again', async () => {
  let isAway = true
  const reads = new JoinedReads<string, string>({
    idOf: (read) => read,
    slotOf: () => '',
    send: async (of) => {
      if (isAway) throw new Error('Connection is closed.')
      return of
    },
  })
  const both = await Promise.allSettled([reads.read(['a']), reads.read(['b'])])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  isAway = false
  expect(await Promise.all([reads.read(['a', 'b']), reads.read(['b', 'c'])])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ])
})

onRedis('slates that are made at the same time', (open, server) => {
  it('read common data together', async () => {
    const service = await open()
    await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
    await service.ingest.record(ITEMS.slice(0, 100).map((itemId) => ({ userId: 'u1', eventType: 'view', itemId })))
    await service.store.settle()
    const admin = new Redis(server().url)
    onTestFinished(() => admin.disconnect())
    const commandsOf = async (slates: number): Promise<Record<string, number>> => {
      await admin.config('RESETSTAT')
      await Promise.all(Array.from({ length: slates }, () => service.recommender.rank({ ...REQUEST, userId: 'u1', first: 10 })))
      const lines = (await admin.info('commandstats')).matchAll(/cmdstat_(mget|zrevrangebyscore):calls=(\d+)/g)
      return Object.fromEntries([...lines].map(([, name, calls]) => [name, Number(calls)]))
    }
    // What is read once for many slates, such as little known items, is known after the first.
    await commandsOf(1)
    const one = await commandsOf(1)
    expect(one.mget).toBeGreaterThan(0)
    expect(one.zrevrangebyscore).toBeGreaterThan(0)
    expect(await commandsOf(16)).toEqual(one)
    // One for the user, those of the sources, and those of features: not one for each shard and partition.
    expect(one.mget).toBeLessThanOrEqual(6)
  })
})
