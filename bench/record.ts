import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { SERVE_OPTIONS, serveArguments } from './support/built-service.ts'
import { choiceOption, numberOption, type StoreName, storesOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { processorTime } from './support/process-usage.ts'
import { quantile, spread } from './support/quantile.ts'
import { Recorder, type Sending } from './support/recorder.ts'
import { uploadItems } from './support/shop-items.ts'

const USAGE = `liverank bench record [--store embedded|redis|both] [--cases NAMES] [--rounds N] [--events N]

The processor time of recording an event over HTTP, of users without a subscription. The service (npm run build first) and a server of
Yoga whose mutations do nothing are processes of their own. They take turns, in so many rounds (7), each with so many events (3000) for
each case. NAMES, separated by commas:

single                                    recordEvent, one event in a request, 16 requests under way
batch50, batch100, batch250 or batch1000  recordEvents, batches of so many events, each of another user, 4 requests under way
own                                       recordEvents, batches of 100 events of one user
shown                                     the same of ten users, each with nine impressions and a click on the last item shown
`

const figures = new Figures('record', {
  batch: 'events in a request, 1 to 1000',
  users: 'whether the events of a request are of one user, each of another one, or ten of each user',
  processorUs: 'CPU time of the service for each event, µs, above 0: median, least and most of the rounds',
  eventsPerCore: 'events for each second of CPU time, from the median of processorUs',
  toNoOp: 'CPU time of the server that does nothing, divided by that of the service: median, least and most',
  ...CALIBRATION_KEYS,
})

const CASES = {
  single: { batch: 1, users: 'many' },
  batch50: { batch: 50, users: 'many' },
  batch100: { batch: 100, users: 'many' },
  batch250: { batch: 250, users: 'many' },
  batch1000: { batch: 1000, users: 'many' },
  own: { batch: 100, users: 'one' },
  shown: { batch: 100, users: 'tens' },
} as const satisfies Record<string, Sending>
type Case = keyof typeof CASES

const NO_OP = [...SERVE_OPTIONS, join(PACKAGE_ROOT, 'dist/bench/support/no-op-server.js')]
const WARM_ROUNDS = 2

/** A server that takes turns with others. */
interface Measured {
  readonly server: OwnServer
  readonly recorder: Recorder
  /** Microseconds of the processor for an event, by case and round. */
  readonly perEvent: Map<Case, number[]>
}

interface Turns {
  readonly cases: readonly Case[]
  readonly rounds: number
  readonly events: number
}

export default async function record(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'both' },
      cases: { type: 'string', default: Object.keys(CASES).join(',') },
      rounds: { type: 'string', default: '7' },
      events: { type: 'string', default: '3000' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const cases = values.cases.split(',').map((name) => choiceOption('cases', name, Object.keys(CASES) as Case[]))
  const rounds = numberOption('rounds', values.rounds, 1, 1000)
  const events = numberOption('events', values.events, 1000, 1_000_000)
  for (const store of stores) await onStore(store, { cases, rounds, events })
  figures.printCalibration()
}

async function onStore(store: StoreName, turns: Turns): Promise<void> {
  const opened: (() => Promise<void>)[] = []
  try {
    const start = async (settings: Record<string, string>, program: readonly string[]): Promise<Measured> => {
      const server = await startOwnServer(settings, [...program])
      opened.push(() => server.stop())
      return { server, recorder: new Recorder(server.url.replace(/^ws/, 'http')), perEvent: new Map() }
    }
    const noOp = await start({}, NO_OP)
    const service = await start({ CLOCK: 'wall', MODEL: '', ...(await newStore(store, opened)) }, serveArguments())
    await uploadItems(service.server.url.replace(/^ws/, 'http'))
    await takeTurns([noOp, service], turns)
    for (const name of turns.cases) report(store, name, noOp, service)
  } finally {
    for (const close of opened.reverse()) await close()
  }
}

/** Makes a store with nothing in it. @returns the settings that name it */
async function newStore(store: StoreName, opened: (() => Promise<void>)[]): Promise<Record<string, string>> {
  if (store === 'redis') {
    const redis = await startTemporaryRedis()
    opened.push(() => redis.stop())
    return { REDIS_URL: redis.url }
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'liverank-record-'))
  opened.push(() => rm(dataDir, { recursive: true, force: true }))
  return { DATA_DIR: dataDir }
}

async function takeTurns(servers: readonly Measured[], { cases, rounds, events }: Turns): Promise<void> {
  // Warm: what is compiled in the first rounds is not part of the cost of an event.
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    figures.calibrate()
    for (const name of cases) {
      for (let turn = 0; turn < servers.length; turn++) {
        const { server, recorder, perEvent } = servers[(turn + round + WARM_ROUNDS) % servers.length]
        const before = processorTime(server.pid)
        const sent = await recorder.record(CASES[name], events)
        const microseconds = ((processorTime(server.pid) - before) * 1e6) / sent
        if (round >= 0) perEvent.set(name, [...(perEvent.get(name) ?? []), microseconds])
      }
    }
  }
}

function report(store: StoreName, name: Case, noOp: Measured, service: Measured): void {
  const of = ({ perEvent }: Measured) => perEvent.get(name)!
  const own = of(service)
  figures.print({
    ...{ store, case: name, ...CASES[name], processorUs: spread(own) },
    eventsPerCore: Math.round(1e6 / quantile(own, 0.5)),
    toNoOp: spread(of(noOp).map((microseconds, i) => microseconds / own[i])),
  })
}
