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
import type { Service } from '../src/service.ts'
import type { MemoryContents } from '../src/state/embedded/memory-contents.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { DAY, MINUTE } from '../src/time-units.ts'
import { copyUsers, sampleOf } from './support/copies.ts'
import { heldMemory } from './support/held-memory.ts'
import { openStore } from './support/open-store.ts'
import { runInOwnProcess } from './support/own-process.ts'

const USAGE = `liverank bench memory [--domain NAME] [FOLDER…]

What a log takes in Redis (MEMORY USAGE over all keys of a server of its own, and what goes into its append-only file) and in the
embedded store (heap and buffers of a process, at two numbers of users). FOLDER is a data folder (deskdrop, retailrocket and
yoochoose of ../shared/data, or, where that is absent, a simulated log); --domain is the name or the file of its domain.
`

const REAL: readonly { folder: string; domain: string }[] = [
  { folder: '../shared/data/deskdrop', domain: 'news' },
  { folder: '../shared/data/retailrocket', domain: 'e-commerce' },
  { folder: '../shared/data/yoochoose', domain: 'e-commerce' },
]
const MILLION = 1_000_000
/** Users of the embedded store at which its memory is measured: equally far below the sizes at which a Map doubles. */
const FEW = 100_000
const MANY = 200_000
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
      embedded: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const { domain } = values
  await loadDomain(domain)
  if (values.embedded) return inEmbedded(new DataFolder(positionals[0]), domain)
  const named = positionals.map((folder) => ({ folder, domain }))
  const logs = named.length > 0 ? named : REAL.filter(({ folder }) => existsSync(folder))
  if (logs.length > 0) {
    for (const log of logs) await measure(log)
    return
  }
  await withScratchFolder('bench', async (folder) => {
    await writeDataFolder(folder, { seed: 1, items: 2000, shoppers: 2000, days: 14, startsAt: Date.UTC(2026, 0, 5) })
    await measure({ folder, domain: 'e-commerce' })
  })
}

async function measure({ folder, domain }: { folder: string; domain: string }): Promise<void> {
  print(`\n${basename(folder)}, as ${domain}`)
  await inRedis(new DataFolder(folder), domain)
  runInOwnProcess(['bench', 'memory', '--embedded', '--domain', domain, folder])
}

/** What a key holds, by its name. Of a user, an item, or what there is one of. */
type Holding =
  | { readonly of: 'user' | 'item'; readonly id: string; readonly what: string }
  | { readonly of: 'rest'; readonly what: string }

function holdingOf(key: string): Holding {
  const name = /^bench:\{[ps]\d+\}:(.*)$/s.exec(key)?.[1] ?? 'settings'
  const [what, id] = split(name)
  if (what === 'user') return { of: 'user', id, what: 'value' }
  if (what === 'ids' || what === 'events' || what === 'slates')
    return { of: 'user', id: id.replace(/^user:/, ''), what: BESIDE[what] }
  if (what === 'item') return { of: 'item', id, what: 'upload' }
  if (id.startsWith('item:')) return { of: 'item', id: id.slice(5), what: what === 'row' ? 'row' : `set ${what}` }
  if (id.startsWith('attribute:')) return { of: 'rest', what: 'attributes' }
  return { of: 'rest', what: what === 'index' ? 'index of items' : what }
}

const BESIDE = { ids: 'event ids', events: 'latest events', slates: 'ids of slates' } as const

function split(name: string): [string, string] {
  const at = name.indexOf(':')
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)]
}

async function inRedis(data: DataFolder, domain: string): Promise<void> {
  const server = await startTemporaryRedis()
  const redis = new Redis(server.url)
  try {
    await redis.config('SET', 'auto-aof-rewrite-percentage', '0')
    await redis.config('SET', 'appendonly', 'yes')
    await aofSettled(redis)
    const clock = eventClock()
    const service = await openStore({ redis: server.url, clock, domain: await loadDomain(domain) })
    const before = await aofBytes(redis)
    const { recorded } = await importLog({ data, service, clock, onProgress: () => {} })
    await service.store.settle()
    const appended = (await aofBytes(redis)) - before
    const byKey = await usage(redis)
    const members = await fullLists(redis, byKey)
    await beHeavy(service, clock, data)
    await service.store.settle()
    const slate = await slateBytes(service, redis, byKey)
    const heavy = new Map<string, number>()
    for (const [key, bytes] of await usage(redis)) {
      const holding = holdingOf(key)
      if (holding.of === 'user' && holding.id === HEAVY) heavy.set(holding.what, bytes)
    }
    await service.close()
    report(recorded, appended, byKey, members, heavy, slate)
    await redis.bgrewriteaof()
    await aofSettled(redis)
    print(`  rewritten, the append-only file has ${bytes((await aofBytes(redis)) / recorded)} per event`)
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

/** Bytes by key. */
async function usage(redis: Redis): Promise<Map<string, number>> {
  const byKey = new Map<string, number>()
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000)
    cursor = next
    const pipeline = redis.pipeline()
    for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', 0)
    const replies = (await pipeline.exec()) ?? []
    keys.forEach((key, i) => void byKey.set(key, Number(replies[i][1])))
  } while (cursor !== '0')
  return byKey
}

/** Neighbours by item. */
async function fullLists(redis: Redis, byKey: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const keys = [...byKey.keys()].filter((key) => holdingOf(key).what === 'set neighbours')
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.zcard(key)
  const replies = (await pipeline.exec()) ?? []
  return new Map(keys.map((key, i) => [(holdingOf(key) as { id: string }).id, Number(replies[i][1])]))
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

function report(
  events: number,
  appended: number,
  byKey: ReadonlyMap<string, number>,
  members: ReadonlyMap<string, number>,
  heavy: ReadonlyMap<string, number>,
  slate: number,
): void {
  const users = new Map<string, number>()
  const items = new Map<string, number>()
  const totals = new Map<string, number>()
  for (const [key, size] of byKey) {
    const holding = holdingOf(key)
    const label = holding.of === 'rest' ? holding.what : `${holding.of}: ${holding.what}`
    totals.set(label, (totals.get(label) ?? 0) + size)
    if (holding.what === 'value' && holding.of === 'user') users.set(holding.id, size)
    if (holding.of === 'item') items.set(holding.id, (items.get(holding.id) ?? 0) + size)
  }
  const values = [...users.values()].sort((a, b) => a - b)
  const full = [...members].filter(([, count]) => count >= 100).map(([id]) => items.get(id) ?? 0)
  print(`  ${events} events of ${users.size} users on ${items.size} items, in Redis`)
  print(
    `  value of a user: median ${bytes(values[values.length >> 1])} (target 2 KB), 99th percentile ${bytes(values[Math.floor(0.99 * values.length)])}, largest ${bytes(values.at(-1)!)}`,
  )
  print(
    `  value of a heavy user, ${HEAVY_ACTED} items acted on and ${HEAVY_SHOWN} shown: ${bytes(heavy.get('value')!)} (target 8 KB)`,
  )
  for (const [what, size] of heavy) if (what !== 'value') print(`    beside it, ${what}: ${bytes(size)}`)
  if (full.length > 0) {
    full.sort((a, b) => a - b)
    print(
      `  an item with a full list of neighbours, over all its keys: median of ${full.length} ${bytes(full[full.length >> 1])}, largest ${bytes(full.at(-1)!)} (target 3.5 KB)`,
    )
  } else print('  no item has a full list of neighbours')
  print(`  a slate of 20 items: ${bytes(slate)}`)
  print('  per user of the log, so in GB per million users:')
  for (const [label, size] of [...totals].sort((a, b) => b[1] - a[1])) {
    if (label.startsWith('user:')) print(`    ${label.slice(6)}: ${bytes(size / users.size)}`)
  }
  for (const [label, size] of [...totals].sort((a, b) => b[1] - a[1])) {
    if (label.startsWith('item:')) print(`  per item, ${label.slice(6)}: ${bytes(size / items.size)}`)
  }
  print(`  the log, until it is trimmed: ${bytes((totals.get('log') ?? 0) / events)} per event`)
  print(
    `  append-only traffic: ${bytes(appended / events)} per event, ${(((appended / events) * MILLION) / 1e9).toFixed(2)} GB per million events`,
  )
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
async function inEmbedded(data: DataFolder, domain: string): Promise<void> {
  const clock = eventClock()
  const service = await openStore({ clock, domain: await loadDomain(domain) })
  await importLog({ data, service, clock, onProgress: () => {} })
  const { contents } = service.store as MemoryStore
  const sample = sampleOf(contents)
  const known = [...contents.identities.pieces(), ...contents.identities.uncountedPieces()]
  const ids = known.reduce((sum, { hashes }) => sum + hashes.length / 12, 0)
  const grow = (from: number, to: number) => {
    copyUsers(contents, sample, from, to)
    copyIdentities(contents, known, (to - from) / sample.length)
  }
  grow(0, FEW)
  const atFew = await heldMemory()
  grow(FEW, MANY)
  const atMany = await heldMemory()
  const perUser = (atMany - atFew) / (MANY - FEW)
  print(
    `  embedded, heap and buffers: ${megabytes(atFew)} MB with ${FEW} users like those of the log, ${megabytes(atMany)} MB with ${MANY}`,
  )
  print(
    `  so ${bytes(perUser)} per user, with ${(ids / sample.length).toFixed(1)} event ids of the last days each, and ${((atMany + perUser * (MILLION - MANY)) / 1e9).toFixed(2)} GB for a million of them with the items of the log (target 4 GB)`,
  )
  const rows = contents.sums.entities.size
  const beforeDrop = await heldMemory()
  for (const key of [...contents.sums.entities.keys()]) contents.sums.entities.delete(key)
  print(`  per row of the ${rows} that items and attributes have: ${bytes((beforeDrop - (await heldMemory())) / rows)}`)
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

function bytes(count: number): string {
  return count < 10_000 ? `${Math.round(count)} B` : `${(count / 1024).toFixed(1)} KB`
}

function megabytes(count: number): string {
  return (count / 2 ** 20).toFixed(0)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
