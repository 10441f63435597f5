import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Restore } from '../../src/events/restore.ts'
import { FoldWorker } from '../../src/state/fold-worker.ts'
import type { LogEntry, RecordedEvent } from '../../src/state/log-entry.ts'
import { MemoryStore } from '../../src/state/memory-store.ts'
import { RedisStore } from '../../src/state/redis-store.ts'
import { expectSameState, snapshotOf } from '../support/state-snapshot.ts'
import { type Answer, USERS } from './clients.ts'
import { KEYS } from './keys.ts'
import type { Bytes } from './redis-model.ts'
import { directConnection } from './simulated-connection.ts'
import type { SimulatedRedis } from './simulated-redis.ts'

const domain = eCommerce
const accumulators = new AccumulatorSet(domain.accumulators)
const LAYOUT = JSON.stringify({ kind: 'layout', format: 1, names: accumulators.layout.names })

/** What was promised, and did not hold. */
export class Violation extends Error {}

/** What all logs hold, as lines of a journal, each user's in order. */
function readLogs(redis: SimulatedRedis): string[] {
  const logs = Array.from({ length: KEYS.partitioning.partitions }, (_, partition) => KEYS.log(partition))
  const entries = logs.flatMap((log) => redis.nodeOfKey(log).model.call('xrange', log, '-', '+') as [Bytes, Bytes[]][])
  return entries.map(([, fields]) => Buffer.from(joined(fields), 'latin1').toString('utf8'))
}

/** In a stream the increments stand beside the entry. */
function joined([, entry, , increments]: readonly Bytes[]): Bytes {
  return increments === undefined ? entry : `${entry.slice(0, -1)},"increments":${increments}}`
}

/** What stands in the logs. */
export function loggedEntries(redis: SimulatedRedis): LogEntry[] {
  return readLogs(redis).map((line) => JSON.parse(line) as LogEntry)
}

/** Whose value an entry changes. */
function userOf(entry: LogEntry): string | undefined {
  if (entry.kind === 'events') return entry.userId
  return entry.kind === 'user' || entry.kind === 'merge' ? entry.id : undefined
}

/** Users whose value was lost in part with these entries, and ids that had become theirs: their events are answered with that version. */
export function losersOf(lost: readonly LogEntry[], before: readonly LogEntry[]): Set<string> {
  const losers = new Set(lost.flatMap((entry) => userOf(entry) ?? []))
  const became = before.flatMap((entry) => (entry.kind === 'merge' && entry.step === 'leave' ? [entry] : []))
  for (let known = -1; known < losers.size; ) {
    known = losers.size
    for (const { id, other } of became) if (losers.has(other)) losers.add(id)
  }
  return losers
}

/** Events of entries, as often as they stand there. */
export function eventsOf(entries: readonly LogEntry[]): RecordedEvent[] {
  return entries.flatMap((entry) => (entry.kind === 'events' ? entry.events.map(({ event }) => event) : []))
}

/**
 * @param lost ids of events that were in a log and went with a master, as its durability allows
 * @throws Violation or AssertionError when something that is promised does not hold
 */
export async function judge(redis: SimulatedRedis, answers: readonly Answer[], lost: ReadonlySet<string>): Promise<void> {
  const lines = readLogs(redis)
  const entries = lines.map((line) => JSON.parse(line) as LogEntry)
  const logged = eventsOf(entries).map(({ eventId }) => eventId)
  const inLog = new Set(logged)
  if (inLog.size < logged.length) {
    throw new Violation(`recorded twice: ${logged.filter((id, i) => logged.indexOf(id) !== i).join(' ')}`)
  }
  judgeAnswers(answers, inLog, lost)
  judgeVersions(entries)
  await judgeState(redis, lines)
}

function judgeAnswers(answers: readonly Answer[], inLog: ReadonlySet<string>, lost: ReadonlySet<string>): void {
  const recorded = new Set<string>()
  for (const { outcome, eventId, userId, sent, versionBefore } of answers) {
    if (outcome.status === 'UNAVAILABLE') continue
    if (outcome.status === 'REJECTED' || outcome.status === 'FAILED') {
      throw new Violation(`${eventId} was answered ${outcome.status}: ${outcome.error.message}`)
    }
    if (outcome.userVersion < versionBefore) {
      throw new Violation(`${eventId} was answered with version ${outcome.userVersion} of ${userId}, after ${versionBefore}`)
    }
    if (lost.has(eventId)) continue
    if (!inLog.has(eventId)) throw new Violation(`${eventId} was acknowledged, ${outcome.status}, and is not in the log`)
    if (outcome.status === 'DUPLICATE' && sent === 1) throw new Violation(`${eventId} was sent once and answered DUPLICATE`)
    if (outcome.status === 'RECORDED') {
      if (recorded.has(eventId)) throw new Violation(`${eventId} was answered RECORDED twice`)
      recorded.add(eventId)
    }
  }
}

function judgeVersions(entries: readonly LogEntry[]): void {
  const latest = new Map<string, number>()
  for (const entry of entries) {
    const userId = userOf(entry)
    if (userId === undefined || !('version' in entry) || entry.version === undefined) continue
    const before = latest.get(userId) ?? 0
    if (entry.version < before)
      throw new Violation(`in the log the version of ${userId} falls from ${before} to ${entry.version}`)
    latest.set(userId, entry.version)
  }
}

/** State equals the fold of the log by the memory store. */
async function judgeState(redis: SimulatedRedis, lines: readonly string[]): Promise<void> {
  const { layout } = accumulators
  const clock = { now: () => 0, wall: () => 0, monotonic: () => 0, at: () => 0, arrive: () => {} }
  const folded = new MemoryStore({ layout, lateness: domain.lateness, wall: clock.wall })
  const random = { stamp: () => Buffer.alloc(8), integer: () => 0, id: () => '' }
  const restore = new Restore({ store: folded, domain, accumulators, random, clock, held: USERS.length })
  await restore.apply(LAYOUT, 'log')
  for (const line of lines) await restore.apply(line, 'log')
  restore.finish()
  const connection = directConnection(redis)
  const id = (await connection.commands.hget(KEYS.meta, 'id')) ?? ''
  const identity = { id, problem: undefined, suspect: async () => {} }
  const worker = new FoldWorker({ connection, keys: KEYS, layout, identity, expiresIn: domain.expiry.item, warn: () => {} })
  const store = new RedisStore({
    connection,
    keys: KEYS,
    layout,
    identity,
    lateness: domain.lateness,
    durability: 'memory',
    worker,
    settles: false,
    archive: undefined,
  })
  const rows = redis.nodes.flatMap(({ model }) => model.keys()).flatMap((key) => /:row:(.*)$/.exec(key)?.[1] ?? [])
  const entities = rows.map((entity) => Buffer.from(entity, 'latin1').toString('utf8')).sort()
  expectSameState(
    await snapshotOf({ store, accumulators }, entities, USERS),
    await snapshotOf({ store: folded, accumulators }, [...folded.sums.keys()].sort(), USERS),
  )
}
