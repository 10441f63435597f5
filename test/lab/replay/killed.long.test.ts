import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import { replayLog } from '../../../lab/replay/replay-log.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { DataFolder } from '../../../src/import/data-folder.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { post } from '../../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../../support/redis-server.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { StartedService } from '../../support/started-service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** `npm run test:long` asks for longer logs. */
const FACTOR = Number(process.env.LOAD_FACTOR ?? 1)
const EVENTS = 300 * FACTOR
const log = new DataFolder(simulatedFolder(60 * FACTOR))
/** After how many events something is killed. */
const FIRST_KILL = Math.round(0.48 * EVENTS)
const SECOND_KILL = Math.round(0.73 * EVENTS)

/** What happens to whom, after so many events. */
type Faults = ReadonlyMap<number, () => Promise<void>>

async function replayThrough(url: string, faults: Faults) {
  const next = await readNextItems(log, eCommerce, noProblems())
  const happening: Promise<void>[] = []
  const report = await replayLog({
    data: log,
    domain: eCommerce,
    url: url.replace(/^http/, 'ws'),
    next,
    scoreFrom: 0,
    limit: EVENTS,
    // In one order, on which the click rates of positions, frozen into impressions, depend.
    inFlight: 1,
    onProgress: (events) => {
      const fault = faults.get(events)
      if (fault) happening.push(fault())
    },
  })
  await Promise.all(happening)
  return report
}

const MOST_IDS = 50
const FEATURES = '{ name value breakdown { key value } }'
const features = z.array(
  z.object({
    name: z.string(),
    value: z.number().nullable(),
    breakdown: z.array(z.object({ key: z.string(), value: z.number() })).nullable(),
  }),
)
const users = z.object({ userFeatures: z.array(z.object({ userId: z.string(), features })) })
const items = z.object({ itemFeatures: z.array(z.object({ itemId: z.string(), features })) })

/** As many ids as one operation may ask for within its complexity. */
function parts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, n) => ids.slice(n * MOST_IDS, (n + 1) * MOST_IDS))
}

async function usersOf(url: string, ids: readonly string[]) {
  const query = `query ($ids: [ID!]!) { userFeatures(userIds: $ids) { userId features ${FEATURES} } }`
  return users.parse((await post(url, query, { ids })).data).userFeatures
}

async function itemsOf(url: string, ids: readonly string[]) {
  const query = `query ($ids: [ID!]!) { itemFeatures(itemIds: $ids) { itemId features ${FEATURES} } }`
  return items.parse((await post(url, query, { ids })).data).itemFeatures
}

/** All that analysts can read of everyone in the log, by name of the figure. */
async function figures(url: string): Promise<Record<string, number | null>> {
  const userIds = new Set<string>()
  let sent = 0
  for await (const { userId } of log.events(noProblems())) if (sent++ < EVENTS) userIds.add(userId)
  const itemIds: string[] = []
  for await (const { itemId } of log.items()) itemIds.push(itemId)
  const read: Record<string, number | null> = {}
  const add = (id: string, values: z.infer<typeof features>) => {
    for (const { name, value, breakdown } of values) {
      read[`${id} ${name}`] = value
      for (const share of breakdown ?? []) read[`${id} ${name} ${share.key}`] = share.value
    }
  }
  for (const part of parts([...userIds])) for (const { userId, features } of await usersOf(url, part)) add(userId, features)
  for (const part of parts(itemIds)) for (const { itemId, features } of await itemsOf(url, part)) add(itemId, features)
  return read
}

function expectEqual(actual: Record<string, number | null>, wanted: Record<string, number | null>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
  const differing = Object.entries(wanted).filter(([name, value]) => {
    const other = actual[name]
    if (value === null || other === null) return value !== other
    return Math.abs(value - other) > 1e-9 * Math.max(Math.abs(value), Math.abs(other), 1e-9)
  })
  expect(differing.map(([name, value]) => ({ name, value, actual: actual[name] }))).toEqual([])
}

async function replayUndisturbed(): Promise<Record<string, number | null>> {
  const service = new StartedService({ CLOCK: 'events', DATA_DIR: await temporaryDirectory() })
  const url = await service.serving()
  const { recorded, duplicates } = await replayThrough(url, new Map())
  expect([recorded, duplicates]).toEqual([EVENTS, 0])
  return figures(url)
}

let wanted: ReturnType<typeof replayUndisturbed> | undefined

/** What both are compared with. */
function undisturbed(): ReturnType<typeof replayUndisturbed> {
  wanted ??= replayUndisturbed()
  return wanted
}

/** Starts the service, and again on the same port and state when it has been killed. */
async function restartable(settings: Record<string, string>) {
  let service = new StartedService({ CLOCK: 'events', ...settings })
  const url = await service.serving()
  const { port } = new URL(url)
  return {
    url,
    killAndStart: async () => {
      expect(await service.stop('SIGKILL')).toBe('SIGKILL')
      service = new StartedService({ CLOCK: 'events', ...settings, PORT: port })
      await service.serving()
    },
  }
}

describe('a replay', { timeout: 120_000 * FACTOR }, () => {
  it('loses no acknowledged event, and counts none twice, when the embedded service is killed in the middle of it', async () => {
    const service = await restartable({ DATA_DIR: await temporaryDirectory(), JOURNAL_FSYNC: 'always' })
    const faults: Faults = new Map([
      [FIRST_KILL, service.killAndStart],
      [SECOND_KILL, service.killAndStart],
    ])
    const { recorded, duplicates, rejected } = await replayThrough(service.url, faults)
    expect(recorded + duplicates).toBe(EVENTS)
    expect(rejected).toBe(0)
    expectEqual(await figures(service.url), await undisturbed())
  })

  it.skipIf(!redisAvailable)('loses and repeats no event when the service, and then its Redis, is killed', async () => {
    const redis = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always' })
    onTestFinished(() => redis.stop())
    const service = await restartable({ REDIS_URL: redis.url, DATA_DIR: await temporaryDirectory() })
    const killRedis = async () => {
      await redis.kill()
      await redis.restart()
    }
    const faults: Faults = new Map([
      [FIRST_KILL, service.killAndStart],
      [SECOND_KILL, killRedis],
    ])
    const { recorded, duplicates, rejected } = await replayThrough(service.url, faults)
    expect(recorded + duplicates).toBe(EVENTS)
    expect(rejected).toBe(0)
    expectEqual(await figures(service.url), await undisturbed())
  })
})
