import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { Random } from '../lab/random.ts'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { eventClock } from '../src/clock.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import type { Service } from '../src/service/service.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { RedisKeys } from '../src/state/redis/keys.ts'
import { SECOND } from '../src/time-units.ts'
import { numberOption, type StoreName, storesOption } from './support/command-options.ts'
import { copyId, copyUsers, sampleOf } from './support/copies.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { openStore } from './support/open-store.ts'
import { spread } from './support/quantile.ts'

const USAGE = `liverank bench growth [--few N] [--many N] [--rounds N] [--batches N] [--store embedded|redis|both]

What an event costs with many users (1000000) over what it costs with few (10000): CPU time of the service, and of Redis and the fold
too where the store is that, in rounds (7) that take the two in turn, each with so many batches (100). A hundred users at a time are in
sessions of ten events; each batch has one event of each. Needs 8 GB of memory with a million.
`

const figures = new Figures('growth', {
  users: 'users in the store, 100 to 10000000',
  processorUs: 'CPU time for each event, µs, above 0: median, least and most of the rounds',
  toFew: 'processorUs of a round, divided by that of the same round with few users: median, least and most',
  atMost: 'target: toFew',
  ...CALIBRATION_KEYS,
})

const ITEMS = 5000
/** Users whose events are recorded; others are copies of them. */
const SAMPLE_USERS = 1000
const PER_SESSION = 10
const AT_ONCE = 100
/** Rounds that are not counted, while caches fill. */
const WARM = 3
const STARTS_AT = Date.UTC(2026, 0, 5)
const TYPES = ['view', 'view', 'view', 'view', 'click', 'view', 'add_to_cart', 'view', 'view', 'purchase']
/** Most that an event may cost with many users, over what it costs with few. */
const TARGET = 1.2

export default async function growth(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      few: { type: 'string', default: '10000' },
      many: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '7' },
      batches: { type: 'string', default: '100' },
      store: { type: 'string', default: 'both' },
      serve: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const batches = numberOption('batches', values.batches, 1, 10_000)
  if (values.serve !== undefined) return serve(stores[0], Number(values.serve), batches)
  const few = numberOption('few', values.few, AT_ONCE, 1e7)
  const many = numberOption('many', values.many, AT_ONCE, 1e7)
  const rounds = numberOption('rounds', values.rounds, 1, 100)
  for (const store of stores) await compare({ store, sizes: [few, many], rounds, batches })
  figures.printCalibration({ few, many })
}

interface Comparison {
  readonly store: StoreName
  /** Few users, and many. */
  readonly sizes: readonly [number, number]
  readonly rounds: number
  /** Of a round. */
  readonly batches: number
}

async function compare({ store, sizes, rounds, batches }: Comparison): Promise<void> {
  const sides: ChildProcess[] = []
  try {
    for (const users of sizes) {
      const args = ['--store', store, '--batches', String(batches), '--serve', String(users)]
      const side = fork(process.argv[1], ['bench', 'growth', ...args])
      sides.push(side)
      await answerOf(side)
    }
    const costs: number[][] = []
    for (let round = -WARM; round < rounds; round++) {
      figures.calibrate()
      const cost: number[] = []
      for (const side of sides) {
        side.send('round')
        cost.push(Number(await answerOf(side)))
      }
      if (round >= 0) costs.push(cost)
    }
    const [few, many] = [0, 1].map((side) => spread(costs.map((cost) => cost[side])))
    const toFew = spread(costs.map(([ofFew, ofMany]) => ofMany / ofFew))
    figures.print({ store, case: 'an event with few users', users: sizes[0], processorUs: few })
    figures.print({
      ...{ store, case: 'an event with many users', users: sizes[1], processorUs: many, toFew },
      atMost: { toFew: TARGET },
    })
  } finally {
    for (const side of sides) if (side.connected) side.send('end')
    await Promise.all(sides.map((side) => side.exitCode ?? once(side, 'exit')))
  }
}

async function answerOf(side: ChildProcess): Promise<unknown> {
  const waiting = new AbortController()
  try {
    return await Promise.race([
      once(side, 'message', { signal: waiting.signal }).then(([answer]) => answer as unknown),
      once(side, 'exit', { signal: waiting.signal }).then(() => Promise.reject(new Error('a side of the comparison has ended'))),
    ])
  } finally {
    waiting.abort()
  }
}

/** One side, in a process of its own: measures a round when it is told to. */
async function serve(store: StoreName, users: number, batchesOfARound: number): Promise<void> {
  const server = store === 'redis' ? await startTemporaryRedis() : undefined
  const redis = server && new Redis(server.url)
  const service = await openStore({ clock: eventClock(), ...(server && { redis: server.url }) })
  await fill(service, users, redis)
  const load = batches(users)
  process.on('message', async (message) => {
    if (message === 'round') {
      process.send?.(await cost(service, load, batchesOfARound, redis))
      return
    }
    await service.close()
    redis?.disconnect()
    await server?.stop()
    process.disconnect()
  })
  process.send?.('ready')
}

/** A sample is recorded, its users are copied with what they have beside their values. */
async function fill(service: Service, users: number, redis: Redis | undefined): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    itemId: `item-${i}`,
    attributes: { category: `c${i % 200}`, brand: `b${i % 500}`, price: 5 + (i % 300) },
  }))
  for (let from = 0; from < ITEMS; from += 1000) await service.uploads.upsertItems(items.slice(from, from + 1000))
  const random = new Random(1, 'sample')
  const sampled = Math.min(SAMPLE_USERS, Math.floor(users / AT_ONCE) * AT_ONCE)
  for (let from = 0; from < sampled; from += AT_ONCE) {
    const events = Array.from({ length: AT_ONCE }, (_, i) => session(copyId(from + i), random, STARTS_AT)).flat()
    await service.ingest.record(events)
  }
  await service.store.settle()
  if (redis) return copyInRedis(redis, sampled, users)
  const { contents } = service.store as MemoryStore
  copyUsers(contents, sampleOf(contents), sampled, users)
  for (let n = sampled * PER_SESSION; n < users * PER_SESSION; n++) {
    contents.identities.add({ hash: randomBytes(12).toString('latin1'), nonce: 1 }, STARTS_AT)
  }
}

async function copyInRedis(redis: Redis, sampled: number, users: number): Promise<void> {
  const keys = new RedisKeys({ partitions: 16, shards: 8 }, 'bench')
  const keysOf = (userId: string) => [
    keys.value({ kind: 'user', id: userId }),
    keys.identities({ kind: 'user', id: userId }),
    keys.events(userId),
  ]
  const dumps: Buffer[][] = []
  for (let n = 0; n < sampled; n++) dumps.push(await Promise.all(keysOf(copyId(n)).map((key) => redis.dumpBuffer(key))))
  for (let n = sampled; n < users; ) {
    const pipeline = redis.pipeline()
    for (const end = Math.min(users, n + 500); n < end; n++) {
      keysOf(copyId(n)).forEach((key, i) => void pipeline.restore(key, 0, dumps[n % sampled][i]))
    }
    await pipeline.exec()
  }
}

/** Events that have got an id. */
let named = 0

function session(userId: string, random: Random, from: number): EventInput[] {
  return TYPES.map((eventType, i) => ({
    eventId: `${named++}`,
    userId,
    itemId: `item-${Math.floor(ITEMS * random.uniform() ** 3)}`,
    eventType,
    timestamp: from + i * SECOND,
  }))
}

function* batches(users: number): Generator<EventInput[]> {
  const random = new Random(2, 'batches')
  const begin = (at: number) => session(copyId(Math.floor(random.uniform() * users)), random, at)
  // In different places of their sessions, as people are.
  const active = Array.from({ length: AT_ONCE }, (_, i) => begin(STARTS_AT).slice(i % PER_SESSION))
  for (let at = STARTS_AT + SECOND; ; at += SECOND) {
    yield active.map((rest, i) => {
      const event = rest.shift()!
      if (rest.length === 0) active[i] = begin(at)
      return event
    })
  }
}

/** µs of processor an event: of the service, and of Redis. */
async function cost(
  service: Service,
  load: Generator<EventInput[]>,
  batchesOfARound: number,
  redis: Redis | undefined,
): Promise<number> {
  const [began, ofRedis] = [process.cpuUsage(), await processorOf(redis)]
  for (let n = 0; n < batchesOfARound; n++) {
    const outcomes = await service.ingest.record(load.next().value)
    const bad = outcomes.find(({ status }) => status !== 'RECORDED')
    if (bad) throw new Error(`an event was not recorded: ${JSON.stringify(bad)}`)
  }
  await service.store.settle()
  const { user, system } = process.cpuUsage(began)
  return (user + system + (await processorOf(redis)) - ofRedis) / (batchesOfARound * AT_ONCE)
}

async function processorOf(redis: Redis | undefined): Promise<number> {
  if (!redis) return 0
  const info = await redis.info('cpu')
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1])
  return 1e6 * (seconds('used_cpu_user') + seconds('used_cpu_sys'))
}
