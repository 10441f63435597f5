import { z } from 'zod'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Restore } from '../../src/events/restore.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import type { LogEntry, RecordedEvent } from '../../src/state/log-entry.ts'
import { FoldWorker } from '../../src/state/redis/fold-worker.ts'
import { RedisStore } from '../../src/state/redis/store.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { beingErased, expectSameState, type Snapshot, snapshotOf } from '../support/state-snapshot.ts'
import { type Answer, type Erasures, slateOf, USERS } from './clients.ts'
import { whyItemsAreWrong, whyLivesAreMixed, withoutPastLives } from './item-oracle.ts'
import { KEYS } from './keys.ts'
import type { Bytes } from './redis-model.ts'
import { directConnection } from './simulated-connection.ts'
import type { SimulatedRedis } from './simulated-redis.ts'
import { POISON } from './upheavals.ts'

const domain = eCommerce
const accumulators = new AccumulatorSet(domain.accumulators)
const LAYOUT = JSON.stringify({ kind: 'layout', format: 1, names: accumulators.layout.names })

/** What was promised, and did not hold. */
export class Violation extends Error {}

/** What all logs hold, as lines of a journal, each user's in order. */
function readLogs(redis: SimulatedRedis): string[] {
  const logs = Array.from({ length: KEYS.partitioning.partitions }, (_, partition) => KEYS.log(partition))
  const entries = logs.flatMap((log) => redis.nodeOfKey(log).model.call('xrange', log, '-', '+') as [Bytes, Bytes[]][])
  const lines = entries.map(([, fields]) => Buffer.from(joined(fields), 'latin1').toString('utf8'))
  return lines.filter((line) => !line.includes(`"userId":"${POISON}"`))
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

/** What is known of a run beside what its servers hold. */
export interface Evidence {
  readonly answers: readonly Answer[]
  readonly erasures: ReadonlyMap<string, Erasures>
  /** Ids of events that were in a log and went with a master, as its durability allows, or with the store. */
  readonly lost: ReadonlySet<string>
  /** Whether anything that was recorded is gone, acknowledged or not. */
  readonly hasLost: boolean
  /** Whether events may be refused: their numbers are too large, or a clock makes them come ahead of their time. */
  readonly mayReject: boolean
  /** All ids of a person who was erased when all else was over. */
  readonly gone: ReadonlySet<string>
  /** Users whose erasure was answered, and lost its end with a master. */
  readonly halfErased: ReadonlySet<string>
  /** No merge is under way any more. */
  readonly isSettled: boolean
  /** Attributes of items as they were sent, by the number of the upload; empty where items begin no other life. */
  readonly itemUploads: ReadonlyMap<number, JsonObject>
}

/** @throws Violation or AssertionError when something that is promised does not hold */
export async function judge(redis: SimulatedRedis, evidence: Evidence): Promise<void> {
  const lines = readLogs(redis)
  const entries = lines.map((line) => JSON.parse(line) as LogEntry)
  const events = eventsOf(entries)
  const logged = events.map(({ eventId }) => eventId)
  const inLog = new Set(logged)
  const twice = events.filter(({ eventId }, i) => logged.indexOf(eventId) !== i)
  if (twice.length > 0) throw new Violation(`recorded twice: ${twice.map(({ eventId }) => eventId).join(' ')}`)
  judgeAnswers(evidence, inLog)
  judgeErasures(evidence, entries, inLog)
  judgeSlates(redis, evidence)
  judgeVersions(entries, evidence)
  judgeItems(entries, evidence)
  const state = await judgeState(redis, lines, evidence)
  if (evidence.isSettled && evidence.erasures.size === 0 && evidence.gone.size === 0 && !evidence.hasLost)
    await judgeCounts(state, lines)
}

function judgeAnswers(evidence: Evidence, inLog: ReadonlySet<string>): void {
  const { answers, erasures, lost, gone, mayReject } = evidence
  const recorded = new Set<string>()
  for (const { outcome, eventId, userId, sent, versionBefore, sentAt } of answers) {
    if (outcome.status === 'UNAVAILABLE' || (outcome.status === 'REJECTED' && mayReject)) continue
    if (outcome.status === 'REJECTED' || outcome.status === 'FAILED') {
      throw new Violation(`${eventId} was answered ${outcome.status}: ${outcome.error.message}`)
    }
    if (outcome.userVersion < versionBefore) {
      throw new Violation(`${eventId} was answered with version ${outcome.userVersion} of ${userId}, after ${versionBefore}`)
    }
    if (lost.has(eventId)) continue
    const erasedUntil = erasures.get(userId)?.until ?? 0
    // What was sent before may have been erased; what was sent after has its place, unless it was known before.
    if (sentAt > erasedUntil && !gone.has(userId) && (outcome.status === 'RECORDED' || erasedUntil === 0)) {
      if (!inLog.has(eventId)) throw new Violation(`${eventId} was acknowledged, ${outcome.status}, and is not in the log`)
    }
    if (outcome.status === 'DUPLICATE' && sent === 1) throw new Violation(`${eventId} was sent once and answered DUPLICATE`)
    if (outcome.status === 'RECORDED') {
      if (recorded.has(eventId)) throw new Violation(`${eventId} was answered RECORDED twice`)
      recorded.add(eventId)
    }
  }
}

function judgeItems(entries: readonly LogEntry[], { itemUploads }: Evidence): void {
  if (itemUploads.size === 0) return
  const mixed = entries.flatMap((entry) => (entry.kind === 'events' ? (whyLivesAreMixed(entry) ?? []) : []))
  const problem = whyItemsAreWrong(entries, itemUploads) ?? mixed.at(0)
  if (problem !== undefined) throw new Violation(problem)
}

/** What an erased user had done is out of the log. */
function judgeErasures(
  { answers, erasures, hasLost, gone }: Evidence,
  entries: readonly LogEntry[],
  inLog: ReadonlySet<string>,
): void {
  const left = entries
    .map((entry) => (entry.kind === 'slate' ? entry.userId : userOf(entry)))
    .find((userId) => userId !== undefined && gone.has(userId))
  if (left !== undefined) throw new Violation(`${left} was erased with all of ${[...gone].join(' ')}, and is still in the log`)
  if (hasLost) return
  for (const { outcome, eventId, userId, answeredAt } of answers) {
    const erasure = erasures.get(userId)
    if (!erasure?.complete || outcome.status !== 'RECORDED' || answeredAt >= erasure.begun) continue
    if (inLog.has(eventId))
      throw new Violation(`${eventId} of ${userId} was recorded before they were erased, and is still in the log`)
  }
}

/** No slate is kept of who was erased, and none is refused any more. */
function judgeSlates(redis: SimulatedRedis, { gone }: Evidence): void {
  const keys = new Set(redis.nodes.flatMap(({ model }) => model.keys()))
  for (const id of gone) {
    for (const key of [KEYS.slatesOf(id), KEYS.slate(slateOf(id)), KEYS.erasing(id)]) {
      if (keys.has(Buffer.from(key).toString('latin1'))) throw new Violation(`${id} was erased, and ${key} is still there`)
    }
  }
}

/** All users together have done what is in the log, once, whoever they were merged with. */
async function judgeCounts(state: Snapshot, lines: readonly string[]): Promise<void> {
  const apart = await foldOf(lines.filter((line) => !line.startsWith('{"kind":"merge"')))
  const [actual, expected] = [state, await snapshotOf({ store: apart, accumulators }, [], USERS)].map(eventsCounted)
  if (actual !== expected) throw new Violation(`users have ${actual} events in all; ${expected} are in the log`)
}

function eventsCounted({ users }: Snapshot): number {
  const counted = z.looseObject({ parts: z.looseObject({ activity: z.looseObject({ events: z.number() }).optional() }) })
  return Object.values(users).reduce<number>((all, user) => all + (counted.parse(user).parts.activity?.events ?? 0), 0)
}

function judgeVersions(entries: readonly LogEntry[], { erasures }: Evidence): void {
  const latest = new Map<string, number>()
  for (const entry of entries) {
    const userId = userOf(entry)
    if (userId === undefined || erasures.has(userId) || !('version' in entry) || entry.version === undefined) continue
    const before = latest.get(userId) ?? 0
    if (entry.version < before)
      throw new Violation(`in the log the version of ${userId} falls from ${before} to ${entry.version}`)
    latest.set(userId, entry.version)
  }
}

/** State equals the fold of the log by the memory store. */
async function judgeState(
  redis: SimulatedRedis,
  lines: readonly string[],
  { erasures, gone, halfErased, hasLost }: Evidence,
): Promise<Snapshot> {
  const { layout } = accumulators
  const folded = await foldOf(lines)
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
  const state = await snapshotOf({ store, accumulators }, entities, USERS)
  for (const [entity, row] of Object.entries(state.rows)) {
    if (!row.every(Number.isFinite)) throw new Violation(`the row of ${entity} has a number that is not finite`)
  }
  const expected = await snapshotOf({ store: folded, accumulators }, [...folded.sums.keys()].sort(), USERS)
  const erased = new Set([...erasures.keys(), ...gone])
  // A store that went back may have gone to the middle of an erasure: the person is marked, and what was logged is gone in part.
  const cutShort = new Set([...halfErased, ...(hasLost ? beingErased(state) : [])])
  const comparable = (snapshot: Snapshot) => {
    const withUsers = erased.size > 0 ? withoutErased(snapshot, expected, erased) : snapshot
    const whole = withoutUsers(withUsers, cutShort)
    return withoutPastLives(whole, hasLost)
  }
  expectSameState(comparable(state), comparable(expected))
  return state
}

const listing = z.looseObject({ version: z.number(), links: z.looseObject({ arriving: z.array(z.string()) }) })

/**
 * A step of a merge that names an erased id is out of the log of the other user, whose value keeps what it did: that the id was
 * expected, and the version. So ids that were erased count for nothing there, and a version may be above that of the log.
 */
function withoutErased(snapshot: Snapshot, logged: Snapshot, erased: ReadonlySet<string>): Snapshot {
  const users = Object.entries(snapshot.users).map(([userId, user]) => {
    const { version, links, ...rest } = listing.parse(user)
    const ofLog = listing.safeParse(logged.users[userId])
    const least = ofLog.success ? Math.min(version, ofLog.data.version) : version
    const arriving = links.arriving.filter((id) => !erased.has(id))
    return [userId, { ...rest, version: least, links: { ...links, arriving } }]
  })
  return { ...snapshot, users: Object.fromEntries(users) }
}

function withoutUsers(snapshot: Snapshot, out: ReadonlySet<string>): Snapshot {
  const ofOthers = <T>(byUser: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(byUser).filter(([userId]) => !out.has(userId)))
  return {
    ...snapshot,
    users: ofOthers(snapshot.users),
    events: ofOthers(snapshot.events),
    sample: snapshot.sample.filter((userId) => !out.has(userId)),
  }
}

/** The state that the memory store makes of the lines of a log. */
async function foldOf(lines: readonly string[]): Promise<MemoryStore> {
  const { layout } = accumulators
  const clock = { now: () => 0, wall: () => 0, monotonic: () => 0, at: () => 0, arrive: () => {}, ofClient: (at: number) => at }
  const folded = new MemoryStore({ layout, lateness: domain.lateness, wall: clock.wall })
  const random = { stamp: () => Buffer.alloc(8), integer: () => 0, id: () => '' }
  const restore = new Restore({ store: folded, domain, accumulators, random, clock, held: USERS.length })
  await restore.apply(LAYOUT, 'log')
  for (const line of lines) await restore.apply(line, 'log')
  restore.finish()
  return folded
}
