import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { writeDataFolder } from '../lab/simulation/written-data-folder.ts'
import { type Clock, eventClock } from '../src/clock.ts'
import { loadDomain } from '../src/domain/load-domain.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import { DataFolder } from '../src/import/data-folder.ts'
import { importLog } from '../src/import/import-log.ts'
import type { LoggedEvent } from '../src/import/log-lines.ts'
import { noProblems } from '../src/import/log-problems.ts'
import type { Service } from '../src/service/service.ts'
import type { MemoryContents } from '../src/state/embedded/memory-contents.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { DAY, MINUTE } from '../src/time-units.ts'
import { numberOption } from './support/command-options.ts'
import { copyUsers, sampleOf } from './support/copies.ts'
import { Figures } from './support/figures.ts'
import { heldMemory } from './support/held-memory.ts'
import { openStore } from './support/open-store.ts'
import { runInOwnProcess } from './support/own-process.ts'
import { quantile } from './support/quantile.ts'
import { holdingOf, neighboursByItem, usage } from './support/redis-holdings.ts'

const USAGE = `liverank bench memory [--domain NAME] [--users N] [FOLDER…]

What a log takes in Redis (MEMORY USAGE over all keys of a server of its own, and what goes into its append-only file) and in the
embedded store (heap and buffers of a process, with so many users (100000) and with twice as many). FOLDER is a data folder (deskdrop,
retailrocket and yoochoose of ../shared/data, or, where that is absent, a simulated log); --domain is the name or the file of its domain.
`

const figures = new Figures('memory', {
  log: 'name of the data folder',
  domain: 'domain of the log',
  events: 'events of the log',
  users: 'users of the log, or of the process',
  items: 'items of the log, or items that were measured',
  bytes: 'memory, or size in the append-only file, above 0: mean, or median, p99 and most',
  gbPerMillion: 'the same for a million users or events, with the items of the log, GB (1000000000 bytes)',
  heldMb: 'heap and buffers of the process, MiB',
  eventIds: 'event ids that the store still knows at the end of the log, for each user',
  rows: 'rows of shared sums: of items and attribute values',
  atMost: 'target: bytes or gbPerMillion',
})

const REAL: readonly Log[] = [
  { folder: '../shared/data/deskdrop', domain: 'news' },
  { folder: '../shared/data/retailrocket', domain: 'e-commerce' },
  { folder: '../shared/data/yoochoose', domain: 'e-commerce' },
]
const MILLION = 1_000_000
/** What a heavy user does: items acted on, of which the latest 150 are kept, and items only shown. */
const HEAVY = 'heavy-user'
const HEAVY_ACTED = 500
const HEAVY_SHOWN = 150
const SLATES = 200

export default async function memory(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      domain: { type: 'string', default: 'e-commerce' },
      // Twice as many are equally far below the size at which a Map doubles.
      users: { type: 'string', default: '100000' },
      embedded: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const users = numberOption('users', values.users, 1000, 1_000_000)
  const { domain } = values
  await loadDomain(domain)
  if (values.embedded) return inEmbedded({ folder: positionals[0], domain }, users)
  const named = positionals.map((folder) => ({ folder, domain }))
  const logs = named.length > 0 ? named : REAL.filter(({ folder }) => existsSync(folder))
  if (logs.length > 0) {
    for (const log of logs) await measure(log, users)
    return
  }
  await withScratchFolder('bench', async (folder) => {
    await writeDataFolder(folder, { seed: 1, items: 2000, shoppers: 2000, days: 14, startsAt: Date.UTC(2026, 0, 5) })
    await measure({ folder, domain: 'e-commerce' }, users)
  })
}

interface Log {
  readonly folder: string
  readonly domain: string
}

async function measure(log: Log, users: number): Promise<void> {
  await inRedis(log)
  runInOwnProcess(['bench', 'memory', '--embedded', '--users', String(users), '--domain', log.domain, log.folder])
}

/** Prints a figure of a log. */
function print({ folder, domain }: Log, figure: Parameters<typeof figures.print>[0]): void {
  const { store, case: name, ...rest } = figure
  figures.print({ store, case: name, log: basename(folder), domain, ...rest })
}

async function inRedis(log: Log): Promise<void> {
  const data = new DataFolder(log.folder)
  const server = await startTemporaryRedis()
  const redis = new Redis(server.url)
  try {
    await redis.config('SET', 'auto-aof-rewrite-percentage', '0')
    await redis.config('SET', 'appendonly', 'yes')
    await aofSettled(redis)
    const clock = eventClock()
    const service = await openStore({ redis: server.url, clock, domain: await loadDomain(log.domain) })
    const before = await aofBytes(redis)
    const { recorded } = await importLog({ data, service, clock, onProgress: () => {} })
    await service.store.settle()
    const appended = (await aofBytes(redis)) - before
    const byKey = await usage(redis)
    const neighbours = await neighboursByItem(redis, byKey)
    await beHeavy(service, clock, data)
    await service.store.settle()
    const slate = await slateBytes(service, redis, byKey)
    const heavy = await heavyBytes(redis)
    await service.close()
    report(log, { recorded, appended, byKey, neighbours, heavy, slate })
    await redis.bgrewriteaof()
    await aofSettled(redis)
    const bytes = { mean: (await aofBytes(redis)) / recorded }
    print(log, { store: 'redis', case: 'an event: append-only file after a rewrite', bytes })
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

/** One more user, with items and kinds of action of the log, as many as a value has room for. */
async function beHeavy(service: Service, clock: Clock, data: DataFolder): Promise<void> {
  const items = new Map<string, LoggedEvent>()
  for await (const event of data.events(noProblems())) {
    if (event.itemId != null && !items.has(event.itemId)) items.set(event.itemId, event)
    if (items.size >= HEAVY_ACTED + HEAVY_SHOWN) break
  }
  const events = Array.from(items.values(), ({ eventType, itemId, eventAttributes, sessionId }, i): EventInput => {
    const isShown = i >= HEAVY_ACTED
    return {
      userId: HEAVY,
      eventId: `heavy-${i}`,
      itemId,
      eventType: isShown ? 'impression' : eventType,
      timestamp: clock.now() + (i - items.size) * MINUTE,
      ...(!isShown && { eventAttributes, sessionId }),
    }
  })
  for (const event of events) await service.ingest.record([event])
}

/** Mean bytes of a slate of 20 items that is kept for a day. */
async function slateBytes(service: Service, redis: Redis, byKey: ReadonlyMap<string, number>): Promise<number> {
  const users = [...byKey.keys()]
    .map(holdingOf)
    .flatMap((holding) => (holding.what === 'value' && 'id' in holding ? [holding.id] : []))
  for (const userId of users.slice(0, SLATES)) {
    const request = {
      userId,
      first: 20,
      sessionId: undefined,
      surface: undefined,
      device: undefined,
      rules: { exclude: [] },
    }
    await service.recommender.recommend(request, 'INITIAL')
  }
  const kept = [...(await usage(redis))].filter(([key]) => holdingOf(key).what === 'slate')
  return kept.reduce((sum, [, size]) => sum + size, 0) / kept.length
}

/** Bytes of the heavy user, by what they are. */
async function heavyBytes(redis: Redis): Promise<Map<string, number>> {
  const heavy = new Map<string, number>()
  for (const [key, size] of await usage(redis)) {
    const holding = holdingOf(key)
    if (holding.of === 'user' && holding.id === HEAVY) heavy.set(holding.what, size)
  }
  return heavy
}

interface Measured {
  /** Events of the log. */
  readonly recorded: number
  /** Bytes that they added to the append-only file. */
  readonly appended: number
  readonly byKey: ReadonlyMap<string, number>
  readonly neighbours: ReadonlyMap<string, number>
  readonly heavy: ReadonlyMap<string, number>
  readonly slate: number
}

function report(log: Log, { recorded: events, appended, byKey, neighbours, heavy, slate }: Measured): void {
  const { users, items, totals } = sumsOf(byKey)
  const printBytes = (name: string, bytes: Value, more: { items?: number; atMost?: Value; gbPerMillion?: number } = {}) =>
    print(log, { store: 'redis', case: name, bytes, ...more })
  print(log, { store: 'redis', case: 'log', events, users: users.size, items: items.size })
  const values = [...users.values()]
  printBytes('value of a user', { ...middle(values), p99: quantile(values, 0.99) }, { atMost: { bytes: 2048 } })
  for (const [what, size] of heavy) printBytes(`a heavy user: ${what}`, size, what === 'value' ? { atMost: { bytes: 8192 } } : {})
  const full = [...neighbours].filter(([, count]) => count >= 100).map(([id]) => items.get(id) ?? 0)
  if (full.length > 0)
    printBytes('an item with a full list of neighbours', middle(full), { items: full.length, atMost: { bytes: 3584 } })
  printBytes('a slate of 20 items', { mean: slate }, { atMost: { bytes: 1024 } })
  for (const [label, size] of [...totals].sort((a, b) => b[1] - a[1])) {
    if (label.startsWith('user: ')) printBytes(`a ${label}`, { mean: size / users.size })
    if (label.startsWith('item: ')) printBytes(`an ${label}`, { mean: size / items.size })
  }
  printBytes('an event: log, until it is trimmed', { mean: (totals.get('log') ?? 0) / events })
  const mean = appended / events
  printBytes('an event: append-only file', { mean }, { gbPerMillion: (mean * MILLION) / 1e9 })
}

type Value = number | Readonly<Record<string, number>>

function middle(values: readonly number[]): { readonly median: number; readonly most: number } {
  return { median: quantile(values, 0.5), most: quantile(values, 1) }
}

/** @returns bytes of the value of each user, of all keys of each item, and of all keys by what they hold */
function sumsOf(byKey: ReadonlyMap<string, number>): Record<'users' | 'items' | 'totals', Map<string, number>> {
  const [users, items, totals] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  for (const [key, size] of byKey) {
    const holding = holdingOf(key)
    const label = holding.of === 'rest' ? holding.what : `${holding.of}: ${holding.what}`
    totals.set(label, (totals.get(label) ?? 0) + size)
    if (holding.what === 'value' && holding.of === 'user') users.set(holding.id, size)
    if (holding.of === 'item') items.set(holding.id, (items.get(holding.id) ?? 0) + size)
  }
  return { users, items, totals }
}

async function aofBytes(redis: Redis): Promise<number> {
  return Number(/aof_current_size:(\d+)/.exec(await redis.info('persistence'))?.[1])
}

/** Until no rewrite is under way. */
async function aofSettled(redis: Redis): Promise<void> {
  for (;;) {
    const info = await redis.info('persistence')
    if (/aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** In a process of its own, that can collect its garbage. */
async function inEmbedded(log: Log, few: number): Promise<void> {
  const clock = eventClock()
  const service = await openStore({ clock, domain: await loadDomain(log.domain) })
  await importLog({ data: new DataFolder(log.folder), service, clock, onProgress: () => {} })
  const { contents } = service.store as MemoryStore
  const sample = sampleOf(contents)
  const known = [...contents.identities.pieces(), ...contents.identities.uncountedPieces()]
  const ids = known.reduce((sum, { hashes }) => sum + hashes.length / 12, 0)
  const held: number[] = []
  for (const [from, to] of [
    [0, few],
    [few, 2 * few],
  ]) {
    copyUsers(contents, sample, from, to)
    copyIdentities(contents, known, (to - from) / sample.length)
    held.push(await heldMemory())
    print(log, { store: 'embedded', case: `${to} users like those of the log`, users: to, heldMb: held.at(-1)! / 2 ** 20 })
  }
  const perUser = (held[1] - held[0]) / few
  print(log, {
    ...{ store: 'embedded', case: 'a user', bytes: { mean: perUser }, eventIds: ids / sample.length },
    ...{ gbPerMillion: (held[1] + perUser * (MILLION - 2 * few)) / 1e9, atMost: { gbPerMillion: 2 } },
  })
  const rows = contents.sums.entities.size
  for (const key of [...contents.sums.entities.keys()]) contents.sums.entities.delete(key)
  const mean = (held[1] - (await heldMemory())) / rows
  print(log, { store: 'embedded', case: 'a row of shared sums', rows, bytes: { mean } })
  await service.close()
}

/** Event ids as many as `times` the known ones, on the same days. */
function copyIdentities(
  { identities }: MemoryContents,
  known: readonly { day: number; hashes: Uint8Array }[],
  times: number,
): void {
  for (const { day, hashes } of known) {
    const count = Math.round((hashes.length / 12) * times)
    for (let n = 0; n < count; n++) identities.add({ hash: randomBytes(12).toString('latin1'), nonce: 1 }, day * DAY)
  }
}
