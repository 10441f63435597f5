import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import { pino } from 'pino'
import { z } from 'zod'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { entitiesOver } from '../../src/catalogue/item-lives.ts'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Restore } from '../../src/events/restore.ts'
import { systemRandomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService, type Service } from '../../src/service/service.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { Archive, readArchive } from '../../src/state/log/archive.ts'
import { compareLogIds } from '../../src/state/log/id.ts'
import { lineOf } from '../../src/state/log/redis-entry-line.ts'
import type { LogEntry } from '../../src/state/log-entry.ts'
import { parseLogEntry } from '../../src/state/parse-log-entry.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { kindOf, type SlotLayout } from '../../src/state/slots.ts'
import { beingErased, expectSameState, type Snapshot, snapshotOf } from '../support/state-snapshot.ts'
import { entitiesOf } from '../support/stored-entities.ts'
import { USERS } from './vocabulary.ts'

/** What is in a store that no service runs on. */
export interface Examined {
  readonly entries: readonly LogEntry[]
  /** Why the state is not the fold of the log; undefined where it is. */
  readonly difference: string | undefined
}

const nothing = z.strictObject({})
const stranger = z.looseObject({
  version: z.literal(0),
  optedOut: z.literal(false),
  links: z.looseObject({ owner: z.literal(''), mergedFrom: z.array(z.never()).length(0) }),
  attributes: nothing,
  parts: nothing,
})

type Settings = Readonly<Record<string, string>>

/** Holds the state of a store against the fold of its log by the memory store. @param settings those of the service */
export async function examine(settings: Settings): Promise<Examined> {
  const scratch = await mkdtemp(join(tmpdir(), 'liverank-fuzz-examined-'))
  try {
    const isRedis = settings.REDIS_URL !== undefined
    const dataDir = join(scratch, 'data')
    if (!isRedis) await cp(settings.DATA_DIR, dataDir, { recursive: true })
    const entries = isRedis ? await entriesInRedis(settings) : await entriesInFolder(dataDir)
    const config = readConfig({ ...settings, DATA_DIR: dataDir, SNAPSHOT_EVERY_MB: '0', LOG_MARGIN: '10000' })
    const logger = pino({ level: 'silent' })
    const random = systemRandomness()
    const service = await openService({ config, dataDir, domain: eCommerce, clock: wallClock(), random, logger })
    try {
      return { entries, difference: await differenceOf(service, settings, entries) }
    } finally {
      await service.close()
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function differenceOf(service: Service, settings: Settings, entries: readonly LogEntry[]): Promise<string | undefined> {
  const users = usersIn(entries)
  const { domain, accumulators } = service
  await service.store.settle()
  const entities = await entitiesIn(service, settings)
  const found = await snapshotOf(service, entities, users)
  const halfErased = beingErased(found)
  const trimmed = trimmedSets(entries, accumulators.layout)
  const actual = withoutSums(withoutStrangers(found, halfErased), trimmed)
  const clock = { now: () => 0, wall: () => 0, monotonic: () => 0, at: () => 0, arrive: () => {}, ofClient: (at: number) => at }
  const store = new MemoryStore({ layout: accumulators.layout, lateness: domain.lateness, wall: clock.wall })
  const restore = new Restore({ store, domain, accumulators, random: systemRandomness(), clock })
  for (const [i, entry] of entries.entries()) await restore.applyEntry(entry, `entry ${i}`)
  restore.finish()
  const restored = await snapshotOf({ store, accumulators }, [...store.sums.keys()].sort(), users)
  const expected = withoutSums(withoutStrangers(restored, halfErased), trimmed)
  try {
    expectSameState(actual, expected)
    return undefined
  } catch (error) {
    const parts = ['users', 'events', 'sample', 'items', 'lists'] as const
    const differing = parts.flatMap((part) => firstDifference(actual[part], expected[part], part) ?? [])
    return `${(error as Error).message}\n${differing.join('\n')}`
  }
}

/**
 * A snapshot of the embedded store leaves out users of whom nothing is known, and kept events that have all expired.
 * @param halfErased users who are left out too
 */
function withoutStrangers(state: Snapshot, halfErased: ReadonlySet<string>): Snapshot {
  const users = Object.entries(state.users).filter(([id, user]) => !halfErased.has(id) && !stranger.safeParse(user).success)
  const over = Date.now() - eCommerce.expiry.user
  const isOver = (kept: readonly string[]) => kept.every((event) => Number.parseInt(event.slice(1), 10) < over)
  const events = Object.entries(state.events).filter(([id, kept]) => !halfErased.has(id) && !isOver(kept))
  const sample = state.sample.filter((id) => !halfErased.has(id))
  const lists = Object.entries(state.lists).filter(([id]) => !halfErased.has(id.replace(/^user:/, '')))
  return {
    ...state,
    users: Object.fromEntries(users),
    events: Object.fromEntries(events),
    sample,
    lists: Object.fromEntries(lists),
  }
}

const reAdded = z.looseObject({ life: z.int().default(0) })

/** Names of the sets that got more members than they hold. Which of them a set drops, and when, depends on the order of additions. */
function trimmedSets(entries: readonly LogEntry[], layout: SlotLayout): ReadonlySet<string> {
  const members = new Map<string, { readonly capacity: number; readonly names: Set<string> }>()
  for (const entry of entries) {
    if (entry.kind !== 'events' && entry.kind !== 'sums') continue
    for (const [entity, , sets] of entry.increments) {
      for (let i = 0; i < sets.length; i += 4) {
        const { name, capacity } = layout.setAt(kindOf(entity), Number(sets[i]))
        const set = `${name} of ${entity}`
        const held = members.get(set) ?? { capacity, names: new Set() }
        held.names.add(String(sets[i + 2]))
        members.set(set, held)
      }
    }
  }
  return new Set([...members].filter(([, { capacity, names }]) => names.size > capacity).map(([set]) => set))
}

/**
 * Leaves out sets that were trimmed, and the shared sums of lives before an item's last. Nobody reads those, and they are dropped at a
 * moment that the log does not tell: events that are recorded at the same moment may still add to them, before or after.
 */
function withoutSums(state: Snapshot, trimmed: ReadonlySet<string>): Snapshot {
  const over = new Set<string>()
  for (const [itemId, item] of Object.entries(state.items)) {
    const { life } = reAdded.parse(item)
    for (let begun = 2; begun <= life; begun++) for (const entity of entitiesOver(itemId, begun)) over.add(entity)
  }
  const rows = Object.entries(state.rows).filter(([entity]) => !over.has(entity))
  const sets = Object.entries(state.sets).filter(
    ([name]) => !trimmed.has(name) && !over.has(name.slice(name.indexOf(' of ') + ' of '.length)),
  )
  return { ...state, rows: Object.fromEntries(rows), sets: Object.fromEntries(sets) }
}

/** The first place at which two values differ, and what stands there. */
function firstDifference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(actual, expected)) return undefined
  if (!isObject(actual) || !isObject(expected)) return `${path}: ${inspect(actual)} instead of ${inspect(expected)}`
  const [ours, theirs] = [new Map(entriesOf(actual)), new Map(entriesOf(expected))]
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const difference = firstDifference(ours.get(key), theirs.get(key), `${path}.${key}`)
    if (difference !== undefined) return difference
  }
  return `${path}: the order of the keys`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function entriesOf(value: object): [string, unknown][] {
  return value instanceof Map ? [...value].map(([key, held]) => [String(key), held]) : Object.entries(value)
}

function usersIn(entries: readonly LogEntry[]): string[] {
  const users = new Set(USERS)
  for (const entry of entries) {
    if (entry.kind === 'events') users.add(entry.userId)
    else if (entry.kind === 'user' || entry.kind === 'merge') users.add(entry.id)
  }
  return [...users].sort()
}

async function entitiesIn(service: Service, { REDIS_URL, REDIS_PREFIX }: Settings): Promise<string[]> {
  if (service.store instanceof MemoryStore) return [...service.store.sums.keys()].sort()
  return entitiesOf({ store: service.store, prefix: REDIS_PREFIX, redisUrl: REDIS_URL })
}

async function entriesInFolder(dataDir: string): Promise<LogEntry[]> {
  const archive = join(dataDir, 'archive')
  const entries: LogEntry[] = []
  for await (const { entry } of readArchive(...(existsSync(archive) ? [archive] : []), dataDir)) entries.push(entry)
  return entries
}

/**
 * The archive of each partition and what its log has beyond that, all partitions in the order of recording: what stands more than ten
 * minutes ahead of an entry moves back.
 */
async function entriesInRedis({ REDIS_URL, REDIS_PREFIX, PARTITIONS, SHARDS, ARCHIVE_DIR }: Settings): Promise<LogEntry[]> {
  const keys = new RedisKeys({ partitions: Number(PARTITIONS), shards: Number(SHARDS) }, REDIS_PREFIX)
  const archived = (await Archive.open([ARCHIVE_DIR])).partitions
  const connection = connectRedis({ url: REDIS_URL }, () => {})
  const { names } = new AccumulatorSet(eCommerce.accumulators).layout
  const placed: { readonly id: string; readonly entry: LogEntry }[] = []
  try {
    for (let partition = 0; partition < Number(PARTITIONS); partition++) {
      let last = '0-0'
      for await (const { entry, logId } of archived.get(partition)?.() ?? []) {
        if (logId !== undefined && compareLogIds(logId, last) > 0) last = logId
        placed.push({ id: last, entry })
      }
      for (const [id, fields] of await connection.commands.xrange(keys.log(partition), '-', '+')) {
        if (compareLogIds(id, last) > 0) placed.push({ id, entry: parseLogEntry(lineOf(fields), id) })
      }
    }
    placed.sort((a, b) => compareLogIds(a.id, b.id))
    return [{ kind: 'layout', format: 1, names }, ...placed.map(({ entry }) => entry)]
  } finally {
    await connection.close()
  }
}
