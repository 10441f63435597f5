import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { collectedHeap, TELLS_HEAP } from '../../bench/support/collected-heap.ts'
import { tellingEnvironment } from '../../bench/support/told-by-process.ts'
import { LIVERANK } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { type GraphQLClient, post, webSocketClient } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type MeasuredService, startMeasured } from '../support/scrape.ts'
import { LIVE, slateOf } from '../support/slate-answer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** For both stores together; SOAK_MINUTES for another time. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 1 / 3)
const MINUTE = 60_000
const USERS = 60
const ITEMS = 40
/** Between two events. */
const EVERY_MS = 25
const MOST_WAITING = 20
/** A kept slate once took 5.9 KB of the heap; nothing of a slate may stay there now. */
const MOST_HEAP_OF_A_SLATE = 1024
/** By how much the heap of a service that holds the same may differ, in bytes. */
const BREATH = 5 * 2 ** 20

const UPSERT_ITEMS = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { __typename } }'
const RECORD = `mutation ($input: RecordEventInput!) {
  recordEvent(input: $input) { ... on RecordEventPayload { duplicate userVersion notCounted } ... on Error { message } }
}`
const VIEWS = 'query ($itemId: ID!) { item(itemId: $itemId) { feature(name: "item_views") } }'
const recorded = z.object({ duplicate: z.boolean(), userVersion: z.number(), notCounted: z.string().nullable() })
const viewed = z.object({ feature: z.number().nullable() })

interface Phone {
  readonly userId: string
  version: number
  slates: number
}

/** What was sent so far. */
interface Sent {
  events: number
  /** Views that count. */
  views: number
  /** Newest version by user. */
  readonly versions: Map<string, number>
}

/** Follows a user until the test ends. @throws if a version falls */
async function follow(client: GraphQLClient, phone: Phone): Promise<void> {
  const stream = client.subscribe(LIVE, { input: { userId: phone.userId, first: 10 } })
  for (;;) {
    const { version } = slateOf(await stream.next())
    expect(version).toBeGreaterThanOrEqual(phone.version)
    phone.version = version
    phone.slates++
  }
}

async function openPhones(url: string): Promise<{ phones: Phone[]; failure: () => unknown; close: () => Promise<unknown> }> {
  const clients = Array.from({ length: 6 }, () => webSocketClient(url))
  const phones = Array.from({ length: USERS }, (_, n): Phone => ({ userId: `u${n}`, version: 0, slates: 0 }))
  let failed: unknown
  for (const [n, phone] of phones.entries())
    follow(clients[n % clients.length], phone).catch((error: unknown) => {
      failed ??= error
    })
  await eventually(() => expect(phones.every(({ slates }) => slates > 0)).toBe(true))
  return { phones, failure: () => failed, close: () => Promise.all(clients.map((client) => client.close())) }
}

/** Sends an event until the service has taken it: a machine that is busy with something else may let its store time out. */
async function sendUntilTaken(url: string, input: object): Promise<z.infer<typeof recorded> & { readonly tries: number }> {
  for (let tries = 1; ; tries++) {
    const { data, errors } = await post(url, RECORD, { input })
    if (errors === undefined) return { ...recorded.parse(data?.recordEvent), tries }
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['UNAVAILABLE'])
  }
}

/** Sends events for a while, each at its time unless many wait for an answer, every tenth of them twice. */
async function sendFor(ms: number, url: string, so: Sent): Promise<void> {
  const send = async (n: number) => {
    const userId = `u${(n * 7) % USERS}`
    const input = { userId, eventId: `e${n}`, eventType: 'view', itemId: `i${(n * 13) % ITEMS}`, sessionId: `s${n % 9}` }
    for (let time = 0; time < (n % 10 === 0 ? 2 : 1); time++) {
      const { duplicate, userVersion, notCounted, tries } = await sendUntilTaken(url, input)
      if (tries === 1 || time > 0) expect(duplicate).toBe(time > 0)
      if (time === 0 && notCounted === null) so.views++
      so.versions.set(userId, Math.max(userVersion, so.versions.get(userId) ?? 0))
    }
  }
  const waiting = new Set<Promise<unknown>>()
  for (let sent = 0; sent < ms / EVERY_MS; sent++) {
    if (waiting.size >= MOST_WAITING) await Promise.race(waiting)
    const sending: Promise<unknown> = send(so.events++).then(() => waiting.delete(sending))
    waiting.add(sending)
    await wait(EVERY_MS)
  }
  await Promise.all(waiting)
}

/** What the heap holds without garbage, in bytes, and how many slates were made so far. */
async function heapOf({ service, scrape }: MeasuredService, folder: string): Promise<{ heap: number; slates: number }> {
  const { heapUsed: heap } = await collectedHeap(service.process.pid!, folder)
  const slates = [...(await scrape()).series].reduce((sum, [name, n]) => sum + (/^liverank_slates_total/.test(name) ? n : 0), 0)
  return { heap, slates }
}

async function viewsOf(url: string): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: ITEMS }, async (_, n) => {
      const { data } = await post(url, VIEWS, { itemId: `i${n}` })
      return viewed.parse(data?.item).feature ?? 0
    }),
  )
  return counts.reduce((sum, n) => sum + n, 0)
}

const STORES = redisAvailable ? (['embedded', 'Redis'] as const) : (['embedded'] as const)

describe('a service under steady load', () => {
  it.each(STORES)(
    'counts every event once, answers each with a slate, and does not grow, on %s',
    {
      timeout: (MINUTES + 10) * MINUTE,
    },
    async (store) => {
      const redis = store === 'Redis' ? await RedisServer.start() : undefined
      onTestFinished(() => redis?.stop())
      const settings = { MODEL: 'default', PARTITIONS: '4', SHARDS: '2', SNAPSHOT_EVERY_MB: '1' }
      const folder = await temporaryDirectory()
      const measured = await startMeasured(
        { ...settings, ...tellingEnvironment(folder), ...(redis && { REDIS_URL: redis.url }) },
        [...TELLS_HEAP, LIVERANK, 'serve'],
      )
      const { url, scrape } = measured
      const input = Array.from({ length: ITEMS }, (_, n) => ({ itemId: `i${n}`, attributes: { category: `c${n % 5}` } }))
      expect((await post(url, UPSERT_ITEMS, { input })).errors).toBeUndefined()
      const { phones, failure, close } = await openPhones(url)

      const so: Sent = { events: 0, views: 0, versions: new Map() }
      const part = (MINUTES * MINUTE) / STORES.length / 3
      // In the first part, the service comes to hold what it needs for these users and items.
      await sendFor(part, url, so)
      const before = await heapOf(measured, folder)
      await sendFor(2 * part, url, so)
      await eventually(() => {
        for (const { userId, version } of phones) expect(version, userId).toBeGreaterThanOrEqual(so.versions.get(userId) ?? 0)
      })
      const after = await heapOf(measured, folder)
      console.info(`${store}: ${so.events} events, ${after.slates} slates, heap ${before.heap >> 10} and ${after.heap >> 10} KB`)

      expect(failure()).toBeUndefined()
      await eventually(async () => expect(await viewsOf(url)).toBe(so.views))
      expect(so.views).toBeGreaterThan(so.events / 2)
      expect(after.slates - before.slates).toBeGreaterThan(so.events / 3)
      expect(after.heap - before.heap).toBeLessThan(BREATH + MOST_HEAP_OF_A_SLATE * (after.slates - before.slates))
      await close()
      await eventually(async () => expect((await scrape()).of('liverank_subscribers')).toBe(0))
    },
  )
})
