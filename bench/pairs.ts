import { mkdir } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { deviation, mean } from 'd3-array'
import type * as Answers from '../lab/client/answers.ts'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { InvalidInputError } from '../src/errors.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { allocatedBytes, TELLS_ALLOCATED } from './support/allocated-bytes.ts'
import { serveArguments } from './support/built-service.ts'
import { numberOption, type StoreName, storesOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'
import { postOperation } from './support/post-operation.ts'
import { threadsTime } from './support/process-usage.ts'
import { Recorder } from './support/recorder.ts'
import { uploadItems } from './support/shop-items.ts'
import { tellingEnvironment } from './support/told-by-process.ts'

const USAGE = `liverank bench pairs --beside FOLDER [--store embedded|redis|both] [--pairs N] [--events N]

What an event and a slate cost in this version, as a ratio to another one: CPU time, and memory allocated. FOLDER is a checkout of the other
version (npm run build in both first). Both serve the shipped model. They take turns in so many pairs (30), each with so many events (1500),
one in a request and 100 in a request, and a tenth as many slates of 10 items.
`

const figures = new Figures('pairs', {
  cpuRatio: 'CPU time of this version, divided by that of FOLDER: mean of the pairs',
  cpuLow: 'lower end of its 95 % interval over the pairs',
  cpuHigh: 'upper end',
  allocatedRatio: 'memory of objects allocated, in the same way: mean of the pairs',
  allocatedLow: 'lower end of its 95 % interval',
  allocatedHigh: 'upper end',
  processorUs: 'CPU time of this version for an event or a slate, µs: mean of the pairs',
  allocatedKb: 'memory of objects that it allocates for it, KiB: mean of the pairs',
  atMost: 'targets by key',
})

const CASES = ['event', 'batch100', 'slate'] as const
type Case = (typeof CASES)[number]

const WARM_PAIRS = 5
const USERS = 10_000
/** Slates are asked for on so many connections. */
const LANES = 4

interface Cost {
  readonly processorUs: number
  readonly allocated: number
}

/** A version that takes turns with the other. */
interface Version {
  readonly server: OwnServer
  readonly folder: string
  readonly recorder: Recorder
  readonly url: string
  /** Clients of another version ask in other words. */
  readonly words: typeof Answers
  readonly costs: Record<Case, Cost[]>
  slates: number
}

export default async function pairs(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      beside: { type: 'string' },
      store: { type: 'string', default: 'both' },
      pairs: { type: 'string', default: '30' },
      events: { type: 'string', default: '1500' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const count = numberOption('pairs', values.pairs, 2, 1000)
  const events = numberOption('events', values.events, 100, 1_000_000)
  if (values.beside === undefined)
    throw new InvalidInputError('--beside is missing: give the folder of the other version.', 'beside')
  const builds = [PACKAGE_ROOT, resolve(values.beside)]
  for (const build of builds) serveArguments(build)
  for (const store of stores) {
    const [own, beside] = await takeTurns(store, builds, count, events)
    for (const name of CASES) report(store, name, own.costs[name], beside.costs[name])
  }
}

/** Starts the versions, each with a store of its own, and lets them take turns. */
async function takeTurns(store: StoreName, builds: readonly string[], count: number, events: number): Promise<Version[]> {
  const opened: (() => Promise<void>)[] = []
  const versions: Version[] = []
  return withScratchFolder('pairs', async (scratch) => {
    try {
      for (const [at, build] of builds.entries()) {
        const folder = join(scratch, String(at))
        await mkdir(folder)
        const redis = store === 'redis' ? await startTemporaryRedis() : undefined
        if (redis) opened.push(() => redis.stop())
        const version = await start(build, folder, redis ? { REDIS_URL: redis.url } : { DATA_DIR: join(folder, 'data') })
        opened.push(() => version.server.stop())
        versions.push(version)
      }
      for (let pair = -WARM_PAIRS; pair < count; pair++) {
        for (const name of CASES) {
          const inTurn = pair % 2 === 0 ? versions : [...versions].reverse()
          for (const version of inTurn) {
            const cost = await measured(version, name, events)
            if (pair >= 0) version.costs[name].push(cost)
          }
        }
      }
    } finally {
      for (const close of opened.reverse()) await close()
    }
    return versions
  })
}

/** @param folder for what it tells */
async function start(build: string, folder: string, store: Record<string, string>): Promise<Version> {
  const settings = { CLOCK: 'wall', MODEL: 'default', ...store, ...tellingEnvironment(folder) }
  const server = await startOwnServer(settings, [...TELLS_ALLOCATED, ...serveArguments(build)])
  const url = server.url.replace(/^ws/, 'http')
  const words = (await import(pathToFileURL(join(build, 'dist/lab/client/answers.js')).href)) as typeof Answers
  await uploadItems(url, words)
  return {
    server,
    folder,
    recorder: new Recorder(url, words),
    url,
    words,
    costs: { event: [], batch100: [], slate: [] },
    slates: 0,
  }
}

async function measured(version: Version, name: Case, events: number): Promise<Cost> {
  const { server, folder, recorder } = version
  const [processor, allocated] = [threadsTime(server.pid), await allocatedBytes(server.pid, folder)]
  const times =
    name === 'slate'
      ? await askForSlates(version, Math.ceil(events / 10))
      : await recorder.record({ batch: name === 'event' ? 1 : 100, users: 'many' }, events)
  return {
    processorUs: ((threadsTime(server.pid) - processor) * 1e6) / times,
    allocated: ((await allocatedBytes(server.pid, folder)) - allocated) / times,
  }
}

async function askForSlates(version: Version, slates: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES })
  const last = version.slates + slates
  const lane = async () => {
    while (version.slates < last) {
      const input = { userId: `user-${(version.slates++ * 1009) % USERS}`, first: 10 }
      await postOperation(version.url, version.words.RECOMMENDATIONS, { input }, { agent })
    }
  }
  try {
    await Promise.all(Array.from({ length: LANES }, lane))
  } finally {
    agent.destroy()
  }
  return slates
}

function report(store: StoreName, name: Case, own: readonly Cost[], beside: readonly Cost[]): void {
  const cpu = interval(own.map(({ processorUs }, i) => processorUs / beside[i].processorUs))
  const allocated = interval(own.map((cost, i) => cost.allocated / beside[i].allocated))
  figures.print({
    ...{ store, case: name },
    ...{ cpuRatio: cpu.mean, cpuLow: cpu.low, cpuHigh: cpu.high },
    ...{ allocatedRatio: allocated.mean, allocatedLow: allocated.low, allocatedHigh: allocated.high },
    processorUs: meanOf(own.map(({ processorUs }) => processorUs)),
    allocatedKb: meanOf(own.map((cost) => cost.allocated)) / 1024,
    atMost: { cpuHigh: 1.05, allocatedHigh: 1.02 },
  })
}

/** The mean and its 95 % interval, by the normal distribution. */
function interval(values: readonly number[]): { readonly mean: number; readonly low: number; readonly high: number } {
  const middle = meanOf(values)
  const half = 1.96 * (deviation(values)! / Math.sqrt(values.length))
  return { mean: middle, low: middle - half, high: middle + half }
}

/** @param values at least one */
function meanOf(values: readonly number[]): number {
  return mean(values)!
}
