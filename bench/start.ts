import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { Random } from '../lab/random.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { expiryTestsAt } from '../src/accumulators/expired-state.ts'
import { eventClock } from '../src/clock.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import type { Service } from '../src/service.ts'
import { LIVE_JOURNAL } from '../src/state/embedded/journal-folder.ts'
import type { MemoryContents } from '../src/state/embedded/memory-contents.ts'
import { writeSnapshot } from '../src/state/embedded/snapshot-file.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { DAY, SECOND } from '../src/time-units.ts'
import { numberOption } from './support/command-options.ts'
import { copyUsers, sampleOf } from './support/copies.ts'
import { openStore } from './support/open-store.ts'
import { runInOwnProcess } from './support/own-process.ts'

const USAGE = `liverank bench start [--events N] [--users N] [--items N] [--tail MB]

How long the embedded store takes to start, and what it holds, after so many events (10000000) of so many users (1000000) on so many
items (50000), with so much journal behind the newest snapshot (64, as by default). A sample of the events is recorded: sessions of
ten, over ten days, popularity of items by a power law. Its users and items are then copied until there are as many as asked for, with
an identity for each event. Needs about 8 GB of memory, and 3 GB in the folder for temporary files.
`

/** Events that are recorded; users and items in proportion. */
const SAMPLE = 60_000
const PER_SESSION = 10
const TYPES = ['view', 'view', 'view', 'view', 'click', 'view', 'add_to_cart', 'view', 'view', 'purchase']
const STARTS_AT = Date.UTC(2026, 0, 5)
/** Sessions that are recorded at once. */
const AT_ONCE = 100

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
  if (values.help) return void process.stdout.write(USAGE)
  if (values.open !== undefined) return measureStart(values.open)
  const events = numberOption('events', values.events, 1000, 1e9)
  const users = numberOption('users', values.users, 1, 1.6e7)
  const items = numberOption('items', values.items, 1, 1e7)
  const tail = numberOption('tail', values.tail, 0, 100_000)
  await withScratchFolder('bench', async (dataDir) => {
    await makeStore(dataDir, { events, users, items, tail })
    runInOwnProcess(['bench', 'start', '--open', dataDir])
  })
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

async function makeStore(
  dataDir: string,
  { events, users, items, tail }: { events: number; users: number; items: number; tail: number },
): Promise<void> {
  const clock = eventClock()
  const memory = await openStore({ clock })
  const { contents } = memory.store as MemoryStore
  const share = Math.min(1, SAMPLE / events)
  const sampled = { users: Math.ceil(users * share), items: Math.ceil(items * share) }
  const upload = Array.from({ length: items }, (_, i) => ({
    itemId: `item-${i}`,
    attributes: { category: `c${i % 200}`, brand: `b${i % 500}`, price: 5 + (i % 300) },
  }))
  for (let from = 0; from < items; from += 1000) await memory.uploads.upsertItems(upload.slice(from, from + 1000))
  const everyMs = (10 * DAY) / ((events * share) / PER_SESSION)
  const made = await record(
    memory,
    sessions(sampled.users, sampled.items, everyMs, STARTS_AT),
    (count) => count >= events * share,
  )
  copy(contents, { users, items, events, sampled })
  print(`${made} events recorded, copied to ${contents.values.user.size} users and ${items} items of ${events} events`)

  const { layout } = memory.accumulators
  const path = join(dataDir, 'snapshot-000001')
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const began = performance.now()
  const cpu = process.cpuUsage()
  delay.enable()
  contents.freeze()
  await writeSnapshot(path, {
    contents: contents,
    names: layout.names,
    now: clock.now(),
    expired: expiryTestsAt({
      now: clock.now(),
      wall: clock.wall(),
      lateness: eCommerce.lateness,
      expiry: eCommerce.expiry,
      accumulators: memory.accumulators,
    }),
    signal: new AbortController().signal,
    beforeNaming: async () => {},
  })
  delay.disable()
  print(
    `snapshot of ${megabytes((await stat(path)).size)} MB written in ${spent(began, cpu)}; the event loop stood still for ${(delay.max / 1e6).toFixed(1)} ms at most, ${(delay.percentile(99) / 1e6).toFixed(1)} ms at the 99th percentile`,
  )
  await memory.close()

  const journaled = await openStore({ dataDir, clock: eventClock() })
  const journal = join(dataDir, LIVE_JOURNAL)
  const isLong = async () => (await stat(journal)).size >= tail * 2 ** 20
  const behind = tail === 0 ? 0 : await record(journaled, sessions(users, items, everyMs, STARTS_AT + 10 * DAY), isLong)
  await journaled.close()
  print(`${behind} events in ${megabytes((await stat(journal)).size)} MB of journal behind it`)
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
    const sets = like.sets && new Map(Array.from(like.sets, ([column, scores]) => [column, new Map(scores)]))
    sums.entities.set(`item:item-${n}`, { row: like.row.slice(), sets })
  }
  const [hashBytes, drawn] = [12, 4096]
  for (let n = 0, pool = Buffer.alloc(0); n < events; n++) {
    const at = (n % drawn) * hashBytes
    if (at === 0) pool = randomBytes(drawn * hashBytes)
    identities.add({ hash: pool.toString('latin1', at, at + hashBytes), nonce: 1 }, STARTS_AT + (n / events) * 10 * DAY)
  }
}

/** Seconds, and those of them that this process had a processor: the two differ where others want one too. */
function spent(began: number, cpu: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(cpu)
  return `${((performance.now() - began) / 1000).toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor)`
}

/** In a process of its own, as a start is. */
async function measureStart(dataDir: string): Promise<void> {
  const began = performance.now()
  const cpu = process.cpuUsage()
  const logged: { entries: number }[] = []
  const logger = pino({ level: 'info' }, { write: (line) => void logged.push(JSON.parse(line)) })
  const service = await openStore({ dataDir, clock: eventClock(), logger })
  print(`start, with the snapshot and ${logged[0].entries} entries of journal, in ${spent(began, cpu)}`)
  const { contents } = service.store as MemoryStore
  const users = contents.values.user.size
  const bytes = [...contents.values.user.entries()].map(([, value]) => value.length).sort((a, b) => a - b)
  gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  print(
    `${users} users, ${contents.sums.entities.size} rows: resident ${megabytes(rss)} MB (heap ${megabytes(heapUsed)}, outside of it ${megabytes(external)}); values of users ${bytes[users >> 1]} bytes in the median, ${bytes[Math.floor(0.99 * users)]} at the 99th percentile`,
  )
  await service.close()
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
