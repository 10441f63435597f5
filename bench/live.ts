import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { startTemporaryRedis, type TemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { InvalidInputError } from '../src/errors.ts'
import { serveArguments } from './support/built-service.ts'
import { collectedHeap, TELLS_HEAP } from './support/collected-heap.ts'
import { choiceOption, numberOption, type StoreName, storesOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import type { Load, LoadFigures } from './support/live-load.ts'
import { type LoadProcess, startLoad } from './support/load-process.ts'
import { processorTime, residentMemory } from './support/process-usage.ts'
import { uploadItems } from './support/shop-items.ts'
import { tellingEnvironment } from './support/told-by-process.ts'

const USAGE = `liverank bench live [--store embedded|redis|both] [--cases NAMES] [--subscribers N] [--seconds N]
                    [--workers N]

Slates that are pushed to phones (1000, each a WebSocket that follows its own user) while events come in for some seconds (10). The
service (npm run build first) and the load are processes of their own; Redis is a third. With more than one worker (1), the service on
Redis is so many processes. NAMES, separated by commas:

rates       events one by one, all on followed users, 50, 250, 300 and 500 a second
mix         500 events a second, of which 100 on followed users
saturation  the highest rate of which all but a twentieth is answered at once, found by search
overload    1, 2 and 3 times the saturation, in batches of 50, then one by one
endurance   six times as many seconds at the saturation, one after another: whether the memory stays (--seconds 600: an
            hour). Only if it is named
burst       one batch of 500 followed users, and recordEvent beside it
user        one user on as many phones; then 1,000 events of one user in a second
restart     Redis stops, and starts again with what it held: fresh slates of all phones, in ms since it answers again

A slate is useful if it answers an event.
`

const figures = new Figures('live', {
  subscribers: 'phones, 500 to 10000',
  rate: 'events that are sent a second, at least 50',
  sent: 'events that were sent',
  recorded: 'events of these that were recorded',
  refused: 'events of these that were refused, or whose connections broke',
  slatesPerSecond: 'useful slates a second',
  unanswered: 'events without a slate that knows them, 20 s after the last one',
  fallen: 'slates of a lower version than the slate before',
  notReady: 'answers of /ready other than 200',
  recoveredMs: 'from the last event to the last slate, ms',
  slateMs: 'p50 and p99 from sending an event, or when it was due, to a slate that knows it, ms',
  acknowledgedMs: 'p50 and p99 from sending a request, or when it was due, to its answer, ms',
  processorMs: 'CPU time of the service for each event, ms, above 0; of the case calibration: of a fixed piece of work',
  redisMs: 'CPU time of Redis for each event, ms, above 0',
  processesOfARedisCore:
    'processes of the service, each with a core of its own, that fill a core of Redis: processorMs / redisMs',
  settings: CALIBRATION_KEYS.settings,
  residentMb: 'resident memory of the service, MiB',
  residentKbEach: 'resident memory that each phone added, KiB',
  heapKbEach: 'JavaScript heap that each phone added, without garbage, KiB; only with one worker',
  slates: 'slates that came',
  firstMs: 'until the first slate, ms',
  p50Ms: 'until half of the slates, ms',
  lastMs: 'until the last slate, ms',
  besideMs: 'p99 of recordEvent beside it, ms',
  devices: 'phones of the user',
  allHaveItMs: 'from the last event until all phones of the user show its version, ms; null: never',
  slatesOfADevice: 'most slates that a phone got',
})

const CASES = ['rates', 'mix', 'saturation', 'overload', 'endurance', 'burst', 'user', 'restart'] as const
type Case = (typeof CASES)[number]
const WITHOUT_NAMES = CASES.filter((name) => name !== 'endurance')
/** Measurements of the case endurance. */
const ENDURANCE = 6
const WARM: Load = { seconds: 5, rate: 50, batch: 1, followed: 1, asksReady: false }

interface Setting {
  readonly store: StoreName
  readonly server: OwnServer
  readonly load: LoadProcess
  readonly redis: TemporaryRedis | undefined
  readonly subscribers: number
  readonly seconds: number
}

export default async function live(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'both' },
      cases: { type: 'string', default: WITHOUT_NAMES.join(',') },
      subscribers: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '10' },
      workers: { type: 'string', default: '1' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const cases = values.cases.split(',').map((name) => choiceOption('cases', name, CASES))
  const subscribers = numberOption('subscribers', values.subscribers, 500, 10_000)
  const seconds = numberOption('seconds', values.seconds, 2, 3600)
  const workers = numberOption('workers', values.workers, 1, 128)
  if (workers > 1 && stores.includes('embedded'))
    throw new InvalidInputError('--workers needs --store redis: only Redis can be shared.', 'workers')
  // Of workers, the process that is signalled holds nothing.
  const program = workers > 1 ? [...serveArguments(), '--workers', String(workers)] : [...TELLS_HEAP, ...serveArguments()]
  for (const store of stores)
    await onStore(store, program, async (server, redis, folder) => {
      const load = startLoad(server.url.replace(/^ws/, 'http'))
      const heap = async () => (workers > 1 ? undefined : (await collectedHeap(server.pid, folder)).heapUsed)
      try {
        const [before, heapBefore] = [ofAll(server, residentMemory), await heap()]
        await load.open(subscribers)
        const [resident, heapAfter] = [ofAll(server, residentMemory), await heap()]
        const each = (more: number) => Math.round(more / 1024 / subscribers)
        const heapKbEach = heapBefore !== undefined && heapAfter !== undefined && { heapKbEach: each(heapAfter - heapBefore) }
        const residentKbEach = each(resident - before)
        figures.print({ store, case: 'open', subscribers, residentMb: megabytes(resident), residentKbEach, ...heapKbEach })
        await load.load(WARM)
        await measure({ store, server, load, redis, subscribers, seconds }, cases)
      } finally {
        await load.stop()
      }
    })
  figures.printCalibration({ subscribers, workers })
}

/** @param folder folder of the run */
type ServerWork = (server: OwnServer, redis: TemporaryRedis | undefined, folder: string) => Promise<void>

function onStore(store: StoreName, program: string[], work: ServerWork): Promise<void> {
  return withScratchFolder('live', (folder) => onStoreIn(folder, store, program, work))
}

async function onStoreIn(folder: string, store: StoreName, program: string[], work: ServerWork): Promise<void> {
  const redis = store === 'redis' ? await startTemporaryRedis() : undefined
  try {
    const at = redis ? { REDIS_URL: redis.url } : { DATA_DIR: join(folder, 'state') }
    const server = await startOwnServer({ CLOCK: 'wall', EXPLORATION: '1', ...tellingEnvironment(folder), ...at }, program)
    try {
      await uploadItems(server.url.replace(/^ws/, 'http'))
      await work(server, redis, folder)
    } finally {
      await server.stop()
    }
  } finally {
    await redis?.stop()
  }
}

async function measure(setting: Setting, cases: readonly Case[]): Promise<void> {
  const { store, load, redis, seconds, subscribers } = setting
  const has = (name: Case) => cases.includes(name)
  const single: Load = { seconds, rate: 50, batch: 1, followed: 1, asksReady: false }
  if (has('rates')) for (const rate of [50, 250, 300, 500]) await report(setting, `${rate} events/s`, { ...single, rate })
  if (has('mix')) await report(setting, '500 events/s, 100 followed', { ...single, rate: 500, followed: 0.2 })
  if (has('saturation') || has('overload') || has('endurance')) {
    const saturation = await findSaturation(setting)
    figures.print({ store, case: 'saturation', slatesPerSecond: Math.round(saturation) })
    if (has('overload')) await overload(setting, saturation)
    if (has('endurance'))
      for (let part = 1; part <= ENDURANCE; part++)
        await report(setting, `endurance, part ${part} of ${ENDURANCE}`, { ...single, rate: saturation, asksReady: true })
  }
  if (has('burst')) {
    const burst = await load.burst(500)
    figures.print({ store, case: 'a batch of 500 users', ...burst })
  }
  if (has('restart') && redis) await restart(setting, redis)
  if (has('user')) {
    await load.close()
    figures.print({ store, case: 'one event of a user on many phones', ...(await load.oneUser(subscribers, 1)) })
    await load.close()
    figures.print({ store, case: '1,000 events of a user in a second', ...(await load.oneUser(1, 1000)) })
  }
}

async function overload(setting: Setting, saturation: number): Promise<void> {
  const { seconds } = setting
  for (const batch of [50, 1])
    for (const times of [1, 2, 3]) {
      const name = `${times} times saturation, ${batch === 1 ? 'one by one' : `batches of ${batch}`}`
      await report(setting, name, { seconds, batch, rate: times * saturation, followed: 1, asksReady: true })
    }
}

async function restart({ store, load }: Setting, redis: TemporaryRedis): Promise<void> {
  const refreshed = load.refreshed()
  await redis.restart()
  const since = performance.timeOrigin + performance.now()
  const { slates, firstAt, middleAt, lastAt } = await refreshed
  const ms = { firstMs: firstAt - since, p50Ms: middleAt - since, lastMs: lastAt - since }
  figures.print({ store, case: 'Redis started again', slates, ...ms })
}

async function report(setting: Setting, name: string, load: Load): Promise<void> {
  figures.calibrate()
  const { answers, processorMs, redisMs } = await loaded(setting, load)
  const usage = { processorMs, residentMb: megabytes(ofAll(setting.server, residentMemory)) }
  const redis = redisMs && { redisMs, processesOfARedisCore: processorMs / redisMs }
  figures.print({ store: setting.store, case: name, rate: Math.round(load.rate), ...answers, ...usage, ...redis })
}

/** What a load comes to, and the CPU time of an event, of the service and of Redis, in ms. */
interface Loaded {
  readonly answers: LoadFigures
  readonly processorMs: number
  readonly redisMs: number | undefined
}

async function loaded({ server, load, redis }: Setting, asked: Load): Promise<Loaded> {
  const [before, redisBefore] = [ofAll(server, processorTime), redis && processorTime(redis.pid)]
  const answers = await load.load(asked)
  const perEvent = (seconds: number) => (seconds * 1000) / answers.sent
  return {
    answers,
    processorMs: perEvent(ofAll(server, processorTime) - before),
    redisMs: redis && redisBefore !== undefined ? perEvent(processorTime(redis.pid) - redisBefore) : undefined,
  }
}

function ofAll({ pid, workers }: OwnServer, figure: (pid: number) => number): number {
  return [pid, ...workers].reduce((sum, one) => sum + figure(one), 0)
}

/** Doubles the rate until the service falls behind, then halves the distance four times. @returns slates a second */
async function findSaturation(setting: Setting): Promise<number> {
  let kept = 0
  let slates = 0
  let missed: number | undefined
  for (let rate = 100, steps = 0; steps < 4; ) {
    const { answers } = await loaded(setting, { seconds: 4, rate, batch: 1, followed: 1, asksReady: false })
    const isKept = answers.slatesPerSecond >= 0.95 * rate && answers.slateMs.p50 < 250
    if (isKept) {
      kept = rate
      slates = answers.slatesPerSecond
    } else missed = rate
    if (missed !== undefined) steps++
    rate = missed === undefined ? 2 * rate : (kept + missed) / 2
  }
  return slates
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
