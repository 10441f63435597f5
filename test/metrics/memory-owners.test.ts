import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { modelDirectory } from '../schema/model-client.ts'
import { builtModule } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { IS_LONG, itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type MeasuredService, startMeasured } from '../support/scrape.ts'
import { LIVE, RECOMMEND } from '../support/slate-answer.ts'

const PROGRAM = builtModule('test/programs/measured-memory')
const KB = 1024

const UPSERT_ITEMS = 'mutation Items($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { __typename } }'
const RECORD_ALL =
  'mutation RecordAll($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
const MODEL = (mutation: string) => `mutation { ${mutation}(input: { name: "loud" }) { __typename } }`

async function ask(url: string, document: string, variables?: Record<string, unknown>): Promise<void> {
  expect((await post(url, document, variables)).errors).toBeUndefined()
}

/** Events of 100 users on 100 items. */
function events(from: number): object[] {
  return Array.from({ length: 100 }, (_, i) => {
    const name = from + i
    return { eventId: `e${name}`, userId: `user-${name}`, itemId: `item-${name}`, eventType: 'view' }
  })
}

/** Reads the memory of the owners before and after something happens. @returns bytes by which each owner has grown */
async function growth({ scrape }: MeasuredService, happens: () => Promise<void>): Promise<(owner: string) => number> {
  const before = await scrape()
  await happens()
  const after = await scrape()
  return (owner) => {
    const series = `liverank_memory_bytes{owner="${owner}"}`
    return after.of(series) - before.of(series)
  }
}

function onBothStores(suite: (start: (settings?: Record<string, string>) => Promise<MeasuredService>, store: string) => void) {
  describe('with the embedded store', () => suite(startMeasured, 'embedded'))
  // What the process itself holds does not depend on the store.
  if (!IS_LONG) return
  describe.skipIf(!redisAvailable)('on Redis', () => {
    let redis: RedisServer
    let prefixes = 0
    beforeAll(async () => {
      redis = await RedisServer.start()
    })
    afterAll(() => redis.stop())
    const shared = { PARTITIONS: '4', SHARDS: '2' }
    suite(
      (settings) => startMeasured({ ...shared, REDIS_URL: redis.url, REDIS_PREFIX: `memory${++prefixes}`, ...settings }),
      'redis',
    )
  })
}

onBothStores((start, store) => {
  itWhenLong('the memory of an owner grows with its data', async () => {
    const measured = await start({ MODEL_DIR: await modelDirectory() })
    const { url } = measured
    const attributes = { title: 'x'.repeat(1000) }
    const input = Array.from({ length: 100 }, (_, i) => ({ itemId: `item-${i}`, attributes }))
    const ofItems = await growth(measured, () => ask(url, UPSERT_ITEMS, { input }))
    // At least the titles.
    expect(ofItems('catalogue')).toBeGreaterThan(100 * 1000)
    expect(ofItems('catalogue')).toBeLessThan(100 * 3000)

    const ofEvents = await growth(measured, () => ask(url, RECORD_ALL, { input: events(0) }))
    expect(ofEvents('decoded_users')).toBeGreaterThan(100 * KB)
    expect(ofEvents('decoded_users')).toBeLessThan(100 * 20 * KB)

    const ofModel = await growth(measured, async () => {
      await ask(url, MODEL('registerModel'))
      await ask(url, MODEL('shadowModel'))
    })
    expect(ofModel('models')).toBeGreaterThan(0)

    if (store === 'redis') return
    for (const owner of ['users', 'events', 'event_ids', 'sums']) {
      const grown = await growth(measured, async () => {
        // Buffers grow by steps: enough events reach the next one.
        for (let from = 1000; from < 4000; from += 100)
          await ask(url, RECORD_ALL, { input: events(from + 10_000 * owner.length) })
      })
      expect({ owner, grows: grown(owner) > 0 }).toEqual({ owner, grows: true })
    }
    const ofSlates = await growth(measured, async () => {
      for (let i = 0; i < 100; i++) await ask(url, RECOMMEND, { input: { userId: `user-${i}` } })
    })
    expect(ofSlates('slates')).toBeGreaterThan(0)
  })

  it('each open connection, WebSocket and subscription counts, until it is closed', async () => {
    const measured = await start()
    const { url, scrape } = measured
    // Nobody has asked yet: a connection for later requests would be closed after some seconds.
    const before = await scrape()
    const clients: ReturnType<typeof webSocketClient>[] = []
    onTestFinished(() => Promise.all(clients.map((client) => client.close())).then(() => undefined))
    const grown = await growth(measured, async () => {
      for (let i = 0; i < 3; i++) clients.push(webSocketClient(url))
      const streams = clients.flatMap((client) => ['a', 'b'].map((userId) => client.subscribe(LIVE, { input: { userId } })))
      await Promise.all(streams.map((stream) => stream.next()))
    })
    expect(grown('subscriptions')).toBe(6 * 28 * KB)
    expect(grown('connections')).toBe(3 * (4 + 6) * KB)
    await Promise.all(clients.map((client) => client.close()))
    await eventually(async () => {
      const after = await scrape()
      expect(after.since(before, /memory_bytes\{owner="(subscriptions|connections)"/)).toEqual({})
    })
  })
})

const size = z.object({ estimated: z.number(), freed: z.number() })
const compared = z.object({ decoded_users: size, sums: size, catalogue: size })

itWhenLong('estimates of memory are near the memory that becomes free without the data', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROGRAM])
  for (const [owner, { estimated, freed }] of Object.entries(compared.parse(JSON.parse(stdout)))) {
    expect({ owner, ratio: estimated / freed > 0.7 && estimated / freed < 1.4, estimated, freed }).toMatchObject({ ratio: true })
    expect(freed).toBeGreaterThan(500_000)
  }
})
