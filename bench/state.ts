import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { RECORD_EVENTS, recordEventsAnswer } from '../lab/client/answers.ts'
import { openPlaying } from '../lab/learning/play-log.ts'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { call, connect } from '../lab/replay/replayed-client.ts'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { findSession } from '../src/accumulators/session.ts'
import { eventClock, wallClock } from '../src/clock.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import { DataFolder } from '../src/import/data-folder.ts'
import type { LoggedEvent } from '../src/import/log-lines.ts'
import { noProblems } from '../src/import/log-problems.ts'
import { warningsOnStderr } from '../src/logging/logger.ts'
import { systemRandomness } from '../src/random.ts'
import { readConfig } from '../src/service/config.ts'
import { openService, type Service } from '../src/service/service.ts'
import { readFeatureInput, readKnownUser } from '../src/slate/read-feature-input.ts'
import { serveArguments } from './support/built-service.ts'
import { numberOption, type StoreName } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { processorTime } from './support/process-usage.ts'
import { spread } from './support/quantile.ts'
import { popularNumber } from './support/shop-items.ts'

const USAGE = `liverank bench state [--rounds N] [--seconds N] [FOLDER…]

How fast events are recorded and folded, in rounds (5) that take the cases in turn, each for so many seconds (4). The service is a process
of its own (npm run build first). Its core counts the CPU time that the service took, so that load and Redis on the same machine count
for nothing. FOLDER: data folders that are replayed through the embedded store without files.
`

const figures = new Figures('state', {
  eventsPerCore: 'events for each second of CPU time of the service, above 0: median, least and most of the rounds',
  processorUs: 'the same as CPU time for each event, µs, above 0',
  eventsPerSecond: 'events a second, above 0: median, least and most of the rounds',
  lagMs: 'age of the oldest event that is not folded, p99 of a round, ms: median, least and most of the rounds',
  readMs: 'time of a read, median of a round, ms, above 0: median, least and most of the rounds',
  atLeast: 'target: eventsPerCore or eventsPerSecond',
  atMost: 'target: lagMs or readMs',
  ...CALIBRATION_KEYS,
})

const SOCKETS = 8
const BATCH = 100
const ITEMS = 5000
const USERS = 200_000
const CANDIDATES = 200

interface Case {
  readonly store: StoreName
  readonly name: string
  /** What the rounds come to. */
  readonly quantity: 'eventsPerCore' | 'eventsPerSecond' | 'lagMs' | 'readMs'
  readonly target: number
  readonly run: () => Promise<number>
}

export default async function state(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const rounds = numberOption('rounds', values.rounds, 1, 100)
  const seconds = numberOption('seconds', values.seconds, 0.1, 600)
  await withScratchFolder('bench', (dataDir) => measureAll(dataDir, { rounds, seconds }, positionals))
  figures.printCalibration()
}

interface Effort {
  readonly rounds: number
  /** Length of one measurement. */
  readonly seconds: number
}

async function measureAll(dataDir: string, { rounds, seconds }: Effort, folders: readonly string[]): Promise<void> {
  const redis = await startTemporaryRedis()
  const opened: { stop(): Promise<void> }[] = [redis]
  try {
    const onRedis = await startOwnServer({ MODEL: '', CLOCK: 'wall', REDIS_URL: redis.url }, serveArguments())
    opened.unshift(onRedis)
    const embedded = await startOwnServer({ MODEL: '', CLOCK: 'wall', DATA_DIR: dataDir }, serveArguments())
    opened.unshift(embedded)
    const service = await openOnRedis(redis.url)
    opened.unshift({ stop: () => service.close() })
    const cases = casesOf({ onRedis, embedded, service, seconds })
    for (const folder of folders) cases.push(await replayOf(folder))
    const results = cases.map(() => [] as number[])
    for (let round = 0; round < rounds; round++) {
      figures.calibrate()
      for (const [i, { run }] of cases.entries()) results[i].push(await run())
    }
    cases.forEach((one, i) => void print(one, results[i]))
  } finally {
    for (const { stop } of opened) await stop()
  }
}

interface Measured {
  readonly onRedis: OwnServer
  readonly embedded: OwnServer
  readonly service: Service
  readonly seconds: number
}

function casesOf({ onRedis, embedded, service, seconds }: Measured): Case[] {
  const over = (server: OwnServer, kind: 'spread' | 'one') => () => eventsPerCore(server, seconds, kind)
  const redis = { store: 'redis' } as const
  const memory = { store: 'embedded' } as const
  const [many, one] = ['a batch of many users', 'a batch of one user']
  const lag = 'fold lag at 2,000 events/s'
  const reading = `features of ${CANDIDATES} candidates`
  return [
    { ...redis, name: many, quantity: 'eventsPerCore', target: 10_000, run: over(onRedis, 'spread') },
    { ...redis, name: one, quantity: 'eventsPerCore', target: 20_000, run: over(onRedis, 'one') },
    { ...memory, name: many, quantity: 'eventsPerCore', target: 25_000, run: over(embedded, 'spread') },
    { ...memory, name: one, quantity: 'eventsPerCore', target: 30_000, run: over(embedded, 'one') },
    { ...redis, name: 'recorded and folded', quantity: 'eventsPerSecond', target: 5000, run: () => sustained(service, seconds) },
    { ...redis, name: lag, quantity: 'lagMs', target: 100, run: () => foldLag(service, seconds) },
    { ...redis, name: reading, quantity: 'readMs', target: 1.5, run: () => features(service) },
  ]
}

function print({ store, name, quantity, target }: Case, values: readonly number[]): void {
  const isMore = quantity === 'eventsPerCore' || quantity === 'eventsPerSecond'
  figures.print({
    ...{ store, case: name, [quantity]: spread(values) },
    ...(quantity === 'eventsPerCore' && { processorUs: spread(values.map((value) => 1e6 / value)) }),
    ...(isMore ? { atLeast: { [quantity]: target } } : { atMost: { [quantity]: target } }),
  })
}

let made = 0

function event(user: number): EventInput {
  const n = made++
  const eventType = n % 12 === 0 ? 'add_to_cart' : 'view'
  return {
    eventId: `b${n}`,
    userId: `user-${user}`,
    itemId: `item-${popularNumber(n, ITEMS)}`,
    eventType,
    sessionId: `s-${user}`,
  }
}

function batchOf(kind: 'spread' | 'one'): EventInput[] {
  const first = Math.floor(Math.random() * USERS)
  return Array.from({ length: BATCH }, (_, i) => event(kind === 'one' ? first : (first + i * 1009) % USERS))
}

/** recordEvents over WebSockets: events per second of the processor time that the server took. */
async function eventsPerCore(server: OwnServer, seconds: number, kind: 'spread' | 'one'): Promise<number> {
  const clients = Array.from({ length: SOCKETS }, () => connect(server.url))
  const before = processorTime(server.pid)
  const end = performance.now() + seconds * 1000
  let recorded = 0
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) {
        const answer = await call(client, recordEventsAnswer, RECORD_EVENTS, batchOf(kind))
        recorded += answer.recordEvents.recorded
      }
    }),
  )
  const took = processorTime(server.pid) - before
  await Promise.all(clients.map((client) => client.dispose()))
  return recorded / took
}

async function openOnRedis(url: string): Promise<Service> {
  const service = await openService({
    config: readConfig({ REDIS_URL: url, REDIS_PREFIX: 'bench', MODEL: '' }),
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    itemId: `item-${n}`,
    attributes: { category: `c${n % 20}`, brand: `b${n % 60}`, price: 5 + (n % 300) },
  }))
  for (let start = 0; start < ITEMS; start += 500) await service.uploads.upsertItems(items.slice(start, start + 500))
  return service
}

/** Events per second from the first that is sent until the last is folded. */
async function sustained(service: Service, seconds: number): Promise<number> {
  const started = performance.now()
  let recorded = 0
  const lane = async () => {
    while (performance.now() < started + seconds * 1000) {
      const outcomes = await service.ingest.record(batchOf('spread'))
      recorded += outcomes.filter(({ status }) => status === 'RECORDED').length
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  await service.store.settle()
  return (recorded / (performance.now() - started)) * 1000
}

/** 99th percentile of the age of the oldest event that is not folded, in ms, while 2,000 come a second. */
async function foldLag(service: Service, seconds: number): Promise<number> {
  await service.store.settle()
  const lags: number[] = []
  const under: Promise<unknown>[] = []
  const started = performance.now()
  for (let tick = 0; performance.now() < started + seconds * 1000; tick++) {
    under.push(service.ingest.record(Array.from({ length: 20 }, () => event(Math.floor(Math.random() * USERS)))))
    if (tick % 2 === 0) under.push(service.store.foldLag().then((lag) => lags.push(lag)))
    await wait(Math.max(0, started + (tick + 1) * 10 - performance.now()))
  }
  await Promise.all(under)
  lags.sort((a, b) => a - b)
  return lags[Math.floor(0.99 * lags.length)]
}

/** Median time to read all that the features of this many candidates need, in ms. */
async function features(service: Service): Promise<number> {
  const { store, accumulators, domain, catalogue } = service
  const times: number[] = []
  for (let i = 0; i < 300; i++) {
    const now = Date.now()
    const { user } = await readKnownUser(service, `user-${i * 37}`, now)
    const session = findSession(user, undefined, now, domain.expiry.session)
    const itemIds = Array.from({ length: CANDIDATES }, (_, n) => `item-${(i * 131 + n * 17) % ITEMS}`)
    const began = performance.now()
    await readFeatureInput({ now, user, session, surface: 'home', itemIds }, store, accumulators, domain, catalogue)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  return times[times.length >> 1]
}

/** A log through the memory store with all accumulators, in its order. */
async function replayOf(folder: string): Promise<Case> {
  const events: LoggedEvent[] = []
  if (existsSync(folder)) for await (const logged of new DataFolder(folder).events(noProblems())) events.push(logged)
  const itemIds = [...new Set(events.flatMap(({ itemId }) => itemId ?? []))]
  const run = async () => {
    const service = await openPlaying(eCommerce, eventClock())
    for (let start = 0; start < itemIds.length; start += 1000)
      await service.uploads.upsertItems(itemIds.slice(start, start + 1000).map((itemId) => ({ itemId, attributes: {} })))
    const began = performance.now()
    for (let start = 0; start < events.length; start += 1000) await service.ingest.record(events.slice(start, start + 1000))
    const rate = (events.length / (performance.now() - began)) * 1000
    await service.close()
    return rate
  }
  const target = basename(folder) === 'yoochoose' ? 60_000 : 40_000
  return { store: 'embedded', name: `replay of ${basename(folder)}`, quantity: 'eventsPerSecond', target, run }
}
