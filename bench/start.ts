import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { Random } from '../lab/random.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { expiryTestsAt } from '../src/accumulators/accumulator-set.ts'
import { eventClock } from '../src/clock.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import type { Service } from '../src/service/service.ts'
import type { MemoryContents } from '../src/state/embedded/memory-contents.ts'
import { writeSnapshot } from '../src/state/embedded/snapshot-file.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { LIVE_JOURNAL } from '../src/state/log/journal-names.ts'
import { DAY, SECOND } from '../src/time-units.ts'
import { numberOption } from './support/command-options.ts'
import { copyUsers, sampleOf } from './support/copies.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { openStore } from './support/open-store.ts'
import { runInOwnProcess } from './support/own-process.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench start [--events N] [--users N] [--items N] [--tail MB]

How long the embedded store takes to start, and what it holds, after so many events (10000000) of so many users (1000000) on so many
items (50000), with so much journal behind the newest snapshot (64, as by default). A sample of the events is recorded: sessions of
ten, over ten days, popularity of items by a power law. Its users and items are then copied until there are as many as asked for, with
an identity for each event. Needs about 8 GB of memory, and 3 GB in the folder for temporary files.
`

const figures = new Figures('start', {
  events: 'events in the snapshot, or in the journal behind it',
  users: 'users in the store',
  items: 'items in the store',
  rows: 'rows of shared sums: of items and attribute values',
  mb: 'size of the file, MiB',
  entries: 'entries of the journal that the start read',
  seconds: 'time, s, above 0; other work on the machine lengthens it',
  processorMs: 'CPU time of the process, ms, above 0; of the case calibration: of a fixed piece of work',
  settings: CALIBRATION_KEYS.settings,
  stoodStillMs: 'time that the event loop stood still while the snapshot was written, p99 and most, ms',
  residentMb: 'resident memory of the process, MiB',
  heapMb: 'memory of it in the heap, MiB',
  externalMb: 'memory of it outside of the heap, MiB',
  valueBytes: 'size of the value of a user, median and p99, bytes',
})

/** Events that are recorded; users and items in proportion. */
const SAMPLE = 60_000
const PER_SESSION = 10
const TYPES = ['view', 'view', 'view', 'view', 'click', 'view', 'add_to_cart', 'view', 'view', 'purchase']
const STARTS_AT = Date.UTC(2026, 0, 5)
/** Sessions that are recorded at once. */
const AT_ONCE = 100
const MIB = 2 ** 20

export default async function start(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '10000000' },
      users: { type: 'string', default: '1000000' },
      items: { type: 'string', default: '50000' },
      tail: { type: 'string', default: '64' },
      open: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  if (values.open !== undefined) return measureStart(values.open)
  const events = numberOption('events', values.events, 1000, 1e9)
  const users = numberOption('users', values.users, 1, 1.6e7)
  const items = numberOption('items', values.items, 1, 1e7)
  const tail = numberOption('tail', values.tail, 0, 100_000)
  await withScratchFolder('bench', async (dataDir) => {
    figures.calibrate()
    await makeStore(dataDir, { events, users, items, tail })
    figures.calibrate()
    runInOwnProcess(['bench', 'start', '--open', dataDir])
  })
  figures.printCalibration({ events, users, items, tail })
}

/** Sessions of random users, on items of which few are asked for often, one after the other in time. */
function* sessions(users: number, items: number, everyMs: number, from: number): Generator<EventInput[]> {
  const random = new Random(1, `sessions from ${from}`)
  for (let n = 0; ; n++) {
    const userId = `user-${Math.floor(random.uniform() * users)}`
    yield TYPES.map((eventType, i) => ({
      eventId: `${from}-${n}-${i}`,
      userId,
      itemId: `item-${Math.floor(items * random.uniform() ** 3)}`,
      eventType,
      timestamp: Math.round(from + n * everyMs + i * SECOND),
    }))
  }
}

async function record(service: Service, made: Iterable<EventInput[]>, isEnough: (events: number) => Promise<boolean> | boolean) {
  let events = 0
  let batch: EventInput[] = []
  for (const session of made) {
    batch.push(...session)
    if (batch.length < AT_ONCE * PER_SESSION) continue
    const outcomes = await service.ingest.record(batch)
    const bad = outcomes.find(({ status }) => status !== 'RECORDED')
    if (bad) throw new Error(`an event was not recorded: ${JSON.stringify(bad)}`)
    events += batch.length
    batch = []
    if (await isEnough(events)) return events
  }
  return events
}

interface Size {
  readonly events: number
  readonly users: number
  readonly items: number
  /** Of the journal behind the snapshot, in MiB. */
  readonly tail: number
}

async function makeStore(dataDir: string, size: Size): Promise<void> {
  await makeSnapshot(join(dataDir, 'snapshot-000001'), size)
  const { users, items, events, tail } = size
  const service = await openStore({ dataDir, clock: eventClock() })
  const journal = join(dataDir, LIVE_JOURNAL)
  const isLong = async () => (await stat(journal)).size >= tail * MIB
  const made = sessions(users, items, msBetweenSessions(events), STARTS_AT + 10 * DAY)
  const behind = tail === 0 ? 0 : await record(service, made, isLong)
  await service.close()
  figures.print({ store: 'embedded', case: 'journal', events: behind, mb: (await stat(journal)).size / MIB })
}

/** Share of the events that is recorded; users and items in proportion. */
function shareOf(events: number): number {
  return Math.min(1, SAMPLE / events)
}

function msBetweenSessions(events: number): number {
  return (10 * DAY) / ((events * shareOf(events)) / PER_SESSION)
}

async function makeSnapshot(path: string, { events, users, items }: Size): Promise<void> {
  const clock = eventClock()
  const memory = await openStore({ clock })
  const { contents } = memory.store as MemoryStore
  const share = shareOf(events)
  const sampled = { users: Math.ceil(users * share), items: Math.ceil(items * share) }
  const upload = Array.from({ length: items }, (_, i) => ({
    itemId: `item-${i}`,
    attributes: { category: `c${i % 200}`, brand: `b${i % 500}`, price: 5 + (i % 300) },
  }))
  for (let from = 0; from < items; from += 1000) await memory.uploads.upsertItems(upload.slice(from, from + 1000))
  const made = sessions(sampled.users, sampled.items, msBetweenSessions(events), STARTS_AT)
  await record(memory, made, (count) => count >= events * share)
  copy(contents, { users, items, events, sampled })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const began = performance.now()
  const cpu = process.cpuUsage()
  delay.enable()
  contents.freeze()
  const { now, wall } = { now: clock.now(), wall: clock.wall() }
  const { lateness, expiry } = eCommerce
  await writeSnapshot(path, {
    ...{ contents, names: memory.accumulators.layout.names, now },
    expired: expiryTestsAt({ now, wall, lateness, expiry, accumulators: memory.accumulators }),
    signal: new AbortController().signal,
    count: () => {},
    beforeNaming: async () => {},
  })
  delay.disable()
  figures.print({
    ...{ store: 'embedded', case: 'snapshot', events, users: contents.values.user.size, items, ...spent(began, cpu) },
    mb: (await stat(path)).size / MIB,
    stoodStillMs: { p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 },
  })
  await memory.close()
}

/** Users and items like those of the sample until there are enough, and an identity for each event. */
function copy(
  contents: MemoryContents,
  { users, items, events, sampled }: { users: number; items: number; events: number; sampled: { users: number; items: number } },
): void {
  const { sums, identities } = contents
  copyUsers(contents, sampleOf(contents), sampled.users, users)
  for (let n = sampled.items; n < items; n++) {
    const like = sums.entities.get(`item:item-${n % sampled.items}`)
    if (!like) continue
    const sets = like.sets && new Map(Array.from(like.sets, ([column, scored]) => [column, scored.copy()]))
    sums.entities.set(`item:item-${n}`, { row: like.row.slice(), sets })
  }
  const [hashBytes, drawn] = [12, 4096]
  for (let n = 0, pool = Buffer.alloc(0); n < events; n++) {
    const at = (n % drawn) * hashBytes
    if (at === 0) pool = randomBytes(drawn * hashBytes)
    identities.add({ hash: pool.toString('latin1', at, at + hashBytes), nonce: 1 }, STARTS_AT + (n / events) * 10 * DAY)
  }
}

/** What has been spent since; the two differ where others want a processor too. */
function spent(began: number, cpu: NodeJS.CpuUsage): { readonly seconds: number; readonly processorMs: number } {
  const { user, system } = process.cpuUsage(cpu)
  return { seconds: (performance.now() - began) / 1000, processorMs: (user + system) / 1000 }
}

/** In a process of its own, as a start is. */
async function measureStart(dataDir: string): Promise<void> {
  const began = performance.now()
  const cpu = process.cpuUsage()
  const logged: { entries: number }[] = []
  const logger = pino({ level: 'info' }, { write: (line) => void logged.push(JSON.parse(line)) })
  const service = await openStore({ dataDir, clock: eventClock(), logger })
  figures.print({ store: 'embedded', case: 'start', entries: logged[0].entries, ...spent(began, cpu) })
  const { contents } = service.store as MemoryStore
  const sizes = Array.from(contents.values.user.entries(), ([, value]) => value.length)
  gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  figures.print({
    ...{ store: 'embedded', case: 'memory after the start', users: sizes.length, rows: contents.sums.entities.size },
    ...{ residentMb: rss / MIB, heapMb: heapUsed / MIB, externalMb: external / MIB },
    valueBytes: { median: quantile(sizes, 0.5), p99: quantile(sizes, 0.99) },
  })
  await service.close()
}
