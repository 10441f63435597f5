import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { RECORD_EVENTS, recordEventsAnswer } from '../lab/client/answers.ts'
import { openPlaying } from '../lab/learning/play-log.ts'
import { startOwnServer } from '../lab/replay/own-server.ts'
import { call, connect } from '../lab/replay/replayed-client.ts'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { findSession } from '../src/accumulators/session.ts'
import { eventClock, wallClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import { DataFolder } from '../src/import/data-folder.ts'
import type { LoggedEvent } from '../src/import/log-lines.ts'
import { noProblems } from '../src/import/log-problems.ts'
import { warningsOnStderr } from '../src/logging/logger.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { systemRandomness } from '../src/random.ts'
import { openService, type Service } from '../src/service.ts'
import { readKnownUser } from '../src/slate/known-user.ts'
import { readFeatureInput } from '../src/slate/read-feature-input.ts'
import { numberOption } from './support/command-options.ts'
import { processorTime } from './support/process-usage.ts'

const USAGE = `liverank bench state [--rounds N] [--seconds N] [FOLDER…]

How fast events are recorded and folded, in rounds (5) that take the cases in turn, each for so many seconds (4). Prints medians and
spread. Events per second of a service's core are events over the processor time that the service took, so that load and Redis on
the same machine count for nothing. FOLDER: logs that are replayed through the memory store.
`

/** As npm run serve does. */
const SERVE = ['--max-semi-space-size=64', join(PACKAGE_ROOT, 'dist/src/commands/main.js'), 'serve']
const SOCKETS = 8
const BATCH = 100
const ITEMS = 5000
const USERS = 200_000
const CANDIDATES = 200

/** What one case came to in one round. */
type Case = () => Promise<number>

interface Figure {
  readonly name: string
  readonly unit: string
  readonly target: number
  /** Whether more is better. */
  readonly most: boolean
  readonly run: Case
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
  if (values.help) return void process.stdout.write(USAGE)
  const rounds = numberOption('rounds', values.rounds, 1, 100)
  const seconds = numberOption('seconds', values.seconds, 0.5, 600)
  await withScratchFolder('bench', (dataDir) => measureAll(dataDir, { rounds, seconds }, positionals))
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
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc'])
    const onRedis = await startOwnServer({ MODEL: '', CLOCK: 'wall', REDIS_URL: redis.url }, SERVE)
    opened.unshift(onRedis)
    const embedded = await startOwnServer({ MODEL: '', CLOCK: 'wall', DATA_DIR: dataDir }, SERVE)
    opened.unshift(embedded)
    const service = await openOnRedis(redis.url)
    opened.unshift({ stop: () => service.close() })
    const figures: Figure[] = [
      { ...over(onRedis, seconds, 'spread'), name: 'Redis, each event another user', target: 10_000 },
      { ...over(onRedis, seconds, 'one'), name: 'Redis, a batch of one user', target: 20_000 },
      { ...over(embedded, seconds, 'spread'), name: 'embedded, each event another user', target: 25_000 },
      { ...over(embedded, seconds, 'one'), name: 'embedded, a batch of one user', target: 30_000 },
      { name: 'Redis, recorded and folded', unit: 'events/s', target: 5000, most: true, run: () => sustained(service, seconds) },
      { name: 'fold lag at 2,000 events/s, p99', unit: 'ms', target: 100, most: false, run: () => foldLag(service, seconds) },
      { name: `features of ${CANDIDATES} candidates, p50`, unit: 'ms', target: 1.5, most: false, run: () => features(service) },
    ]
    for (const folder of folders) figures.push(await replayOf(folder))
    const results = figures.map(() => [] as number[])
    for (let round = 0; round < rounds; round++) {
      for (const [i, { name, run }] of figures.entries()) {
        const value = await run()
        results[i].push(value)
        console.error(`round ${round + 1}: ${name}: ${shown(value)}`)
      }
    }
    print(figures, results)
  } finally {
    for (const { stop } of opened) await stop()
  }
}

function print(figures: readonly Figure[], results: readonly number[][]): void {
  console.log(`\n${'case'.padEnd(40)}${'median'.padStart(10)}${'least'.padStart(10)}${'most'.padStart(10)}  target`)
  figures.forEach(({ name, unit, target, most }, i) => {
    const sorted = [...results[i]].sort((a, b) => a - b)
    const median = sorted[sorted.length >> 1]
    const met = most ? median >= target : median <= target
    const [least, greatest] = [sorted[0], sorted[sorted.length - 1]]
    console.log(
      `${name.padEnd(40)}${shown(median).padStart(10)}${shown(least).padStart(10)}${shown(greatest).padStart(10)}  ${most ? 'at least' : 'at most'} ${shown(target)} ${unit}${met ? '' : ': missed'}`,
    )
  })
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

let made = 0

function event(user: number): EventInput {
  const n = made++
  const eventType = n % 12 === 0 ? 'add_to_cart' : 'view'
  return { eventId: `b${n}`, userId: `user-${user}`, itemId: `item-${popular(n)}`, eventType, sessionId: `s-${user}` }
}

/** Items by a power law: half of the events are on a twentieth of the items. */
function popular(n: number): number {
  return Math.floor(ITEMS * ((n * 0.618_033_988_749_895) % 1) ** 4)
}

function batchOf(kind: 'spread' | 'one'): EventInput[] {
  const first = Math.floor(Math.random() * USERS)
  return Array.from({ length: BATCH }, (_, i) => event(kind === 'one' ? first : (first + i * 1009) % USERS))
}

/** recordEvents over WebSockets: events per second of the processor time that the server took. */
function over(server: { url: string; pid: number }, seconds: number, kind: 'spread' | 'one') {
  const run = async () => {
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
  return { unit: 'events/s of a core', most: true, run }
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

/** Median time to read all that the features of so many candidates need, in ms. */
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
async function replayOf(folder: string): Promise<Figure> {
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
  return { name: `replay of ${basename(folder)}, memory store`, unit: 'events/s', target, most: true, run }
}
