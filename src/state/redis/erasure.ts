import { UnavailableError } from '../../errors.ts'
import { pause, type Timers } from '../../timers.ts'
import { forEachConcurrently } from '../bounded-concurrency.ts'
import type { CountBytes, ErasedSubject, ErasureOutcome, Lingering } from '../erasure-outcome.ts'
import { Erasure } from '../log/erased-log.ts'
import { compareLogIds } from '../log/id.ts'
import { lineOf } from '../log/redis-entry-line.ts'
import type { SegmentIds } from '../log/segment-ids.ts'
import type { LogEntry } from '../log-entry.ts'
import { channelOf } from '../subject.ts'
import { STAMP_BYTES } from '../user-value-codec.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { copyLog } from './log-copy.ts'

const PAGE = 500
/** Most identities that are written for one person. */
const MOST_SHARED = 1_000_000
/** A known event id takes as long as so many bytes of a log. */
const IDENTITY_BYTES = 250
/** How long an archiving that has begun may take. */
const PATIENCE_MS = 60_000
const POLL_MS = 100
/** How long a pass may take. */
const LONGEST_PASS_MS = 600_000

export interface RedisErasureOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  /** Folder of the archive of this process. */
  readonly archive: string | undefined
  readonly segmentIds: SegmentIds
  /**
   * Folds all that was recorded before the call, so that no failover takes it away.
   * @returns by partition, the id of the log entry up to which all is folded
   */
  readonly settle: () => Promise<readonly string[]>
  /** Resolves when what was written of a partition is as durable as an answer must be. */
  readonly confirm: (partition: number) => Promise<void>
  /** Signal to the followers of an erased user; none if undefined. */
  readonly signal: ((userId: string) => string) | undefined
  readonly count: CountBytes
  /** ms of the wall clock. */
  readonly wall: () => number
  readonly timers: Timers
  /** An id that no other call returned, by which copies of logs, erasures and lives are named. */
  readonly newId: () => string
}

/** A person in a pass. */
interface Person {
  readonly subjects: readonly ErasedSubject[]
  keys: number
  logEntries: number
  /** Time until which hashes of event ids stay, in ms of the wall clock; undefined if there are none. */
  hashesUntil: number | undefined
  /** A user of the person whose value is not as it is expected; undefined if there is none. */
  changed: string | undefined
}

/** How far a pass is in one partition, as Redis counts it. A store that goes back to an earlier time has another count, or none. */
interface ErasureProgress {
  readonly key: string
  readonly count: number
}

/**
 * Removes values, slates and events of persons from Redis, from the logs when they are folded, and from the archive, in one pass.
 * Other processes may erase at the same time. No slate of the persons is kept meanwhile, nor afterwards if it was asked for before the
 * end.
 *
 * Hashes of event ids stay until they expire, under every id of the person, so that what an old device sends again does not count a
 * second time.
 * @param subjects all ids of each person; the value of the last one goes when all else has gone
 * @returns what became of each person, in order
 */
export async function eraseFromRedis(
  subjects: readonly (readonly ErasedSubject[])[],
  options: RedisErasureOptions,
): Promise<readonly ErasureOutcome[]> {
  const all = subjects.map(
    (subjects): Person => ({ subjects, keys: 0, logEntries: 0, hashesUntil: undefined, changed: undefined }),
  )
  // Before anything goes: of a person who was changed meanwhile nothing does.
  await forEachConcurrently(all, (person) => compare(person, options))
  const asExpected = all.filter(isAsExpected)
  await forEachConcurrently(asExpected, (person) => shareIdentities(person, options))
  const name = options.newId()
  let ends: ReadonlyMap<number, string | undefined>
  try {
    ends = await beginAll(asExpected, name, options)
    // A value that is still as it was marked has been so all the time: no entry of the user stands between the mark and the end of the log.
    await forEachConcurrently(asExpected, (person) => compare(person, options))
    await erasePersons(asExpected.filter(isAsExpected), ends, name, options)
  } finally {
    await endAll(asExpected, name, options)
  }
  await tellFollowers(asExpected.filter(isAsExpected), options)
  await forEachConcurrently([...ends.keys()], options.confirm)
  return all.map(outcomeOf)
}

/** @param ends ids of the last entries of the logs, by partition; undefined for an empty one */
async function erasePersons(
  persons: readonly Person[],
  ends: ReadonlyMap<number, string | undefined>,
  name: string,
  options: RedisErasureOptions,
): Promise<void> {
  const { connection, keys, archive, segmentIds, settle, count } = options
  if (persons.length === 0) return
  const erasure = new Erasure(
    persons.flatMap((person) => person.subjects),
    count,
  )
  // Folded before the count begins and once more after: wherever a store goes back to, it lacks the count or has the fold.
  await settle()
  await forEachConcurrently([...ends.keys()], async (partition) => {
    await connection.commands.set(keys.erasureProgress(partition, name), '0', 'PX', LONGEST_PASS_MS)
  })
  const folded = await settle()
  const progress = new Map<number, ErasureProgress>()
  await forEachConcurrently([...ends], async ([partition, end]) => {
    const key = keys.erasureProgress(partition, name)
    // A store that lost its data meanwhile has a new log, of which the end that was read says nothing.
    const last = end !== undefined && compareLogIds(folded[partition], end) < 0 ? folded[partition] : end
    const count = await eraseFromLog(partition, last, { erasure, progress: key }, options)
    progress.set(partition, { key, count: count ?? 0 })
    if (count !== undefined) return
    for (const person of persons) person.changed ??= person.subjects.find(({ id }) => keys.partition(id) === partition)?.id
  })
  for (const person of persons) person.logEntries = erasure.countOf(person.subjects)
  const known = persons.filter(isKnown)
  const rewritten = new Set(known.flatMap((person) => person.subjects.map(({ id }) => keys.partition(id))))
  await forEachConcurrently([...rewritten], (partition) => copyLog(partition, connection, keys, options.newId))
  // What somebody was archiving meanwhile may have been read before it went.
  for (const partition of ends.keys()) await archivingEnds(partition, options)
  if (archive !== undefined) await erasure.fromArchive(archive, segmentIds)
  await forEachConcurrently(persons, async (person) => {
    person.logEntries = erasure.countOf(person.subjects)
    if (isAsExpected(person)) await eraseValues(person, progress, name, options)
  })
  await forEachConcurrently([...progress.values()], async ({ key }) => void (await connection.commands.del(key)))
}

function isAsExpected({ changed }: Person): boolean {
  return changed === undefined
}

function outcomeOf({ keys, logEntries, hashesUntil, changed }: Person): ErasureOutcome {
  const outcome = { keys, logEntries, ...(changed !== undefined && { changed }) }
  if (keys + logEntries === 0 && hashesUntil === undefined) return outcome
  const hashes: Lingering[] = hashesUntil === undefined ? [] : [{ kind: 'EVENT_ID_HASHES', until: hashesUntil }]
  return { ...outcome, lingering: [...hashes, { kind: 'REDIS_FILES', until: undefined }] }
}

/** Whether anything of the person may be on record. */
function isKnown({ subjects, keys, logEntries, hashesUntil }: Person): boolean {
  return (
    keys + logEntries > 0 ||
    hashesUntil !== undefined ||
    subjects.some(({ kind, expected }) => kind === 'user' && expected !== '')
  )
}

/** Begins the erasure of the persons in all partitions. @returns ids of the last entries of the logs, by partition */
async function beginAll(
  persons: readonly Person[],
  name: string,
  options: RedisErasureOptions,
): Promise<ReadonlyMap<number, string | undefined>> {
  const ids = persons.flatMap(({ subjects }) => subjects.map(({ id }) => id))
  const ends = new Map<number, string | undefined>()
  await forEachConcurrently([...new Set(ids.map((id) => options.keys.partition(id)))], async (partition) => {
    ends.set(partition, await begin(persons, partition, name, options))
  })
  return ends
}

/** Ends the erasure of the persons, whether they are erased or not. */
async function endAll(
  persons: readonly Person[],
  name: string,
  { connection: { commands }, keys, newId }: RedisErasureOptions,
): Promise<void> {
  await forEachConcurrently(persons.flatMap(usersOf), async ({ id }) => {
    await commands.liverankEndErasure(keys.erasing(id), keys.life(id), name, newId())
  })
}

async function tellFollowers(
  persons: readonly Person[],
  { connection: { commands }, keys, signal }: RedisErasureOptions,
): Promise<void> {
  if (!signal) return
  await forEachConcurrently(persons.flatMap(usersOf), async (user) => {
    await commands.publish(keys.channel(channelOf(user)), signal(user.id))
  })
}

/**
 * Removes the lists of a partition, refuses slates of its users, and reads the end of its log in the same moment: a list that is uploaded
 * after it stays, with its entry, and no slate of the users stands behind it.
 * @returns id of the last entry of the log; undefined for an empty one
 */
async function begin(
  persons: readonly Person[],
  partition: number,
  name: string,
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<string | undefined> {
  const lists = persons.flatMap((person) =>
    person.subjects.flatMap((subject) =>
      subject.kind !== 'user' && keys.partition(subject.id) === partition ? [{ person, subject }] : [],
    ),
  )
  const users = persons.flatMap(usersOf).filter(({ id }) => keys.partition(id) === partition)
  const names = [
    keys.log(partition),
    keys.index(partition, 'list'),
    ...lists.map(({ subject }) => keys.value(subject)),
    ...users.map(({ id }) => keys.erasing(id)),
  ]
  const [end, ...gone] = await commands.liverankBeginErasure(names.length, names, [
    name,
    LONGEST_PASS_MS,
    ...lists.map(({ subject }) => subject.id),
  ])
  for (const [i, { person }] of lists.entries()) person.keys += gone[i]
  return end === '' ? undefined : end
}

/** Sees whether each value of the person is as it is expected. */
async function compare(person: Person, { connection: { commands }, keys }: RedisErasureOptions): Promise<void> {
  await forEachConcurrently(person.subjects, async (subject) => {
    if (subject.expected === undefined) return
    const stamp = await commands.getrangeBuffer(keys.value(subject), 0, STAMP_BYTES - 1)
    if (stamp.toString('latin1') !== subject.expected) person.changed = subject.id
  })
}

function usersOf({ subjects }: Person): readonly ErasedSubject[] {
  return subjects.filter(({ kind }) => kind === 'user')
}

/**
 * Removes what is kept of the users, the last one when all others went: its value tells the other ids, for as long as the erasure can be
 * cut short. A value that was changed since it was compared stays: by another erasure, or by a failover.
 */
async function eraseValues(
  person: Person,
  progress: ReadonlyMap<number, ErasureProgress>,
  name: string,
  options: RedisErasureOptions,
): Promise<void> {
  const users = usersOf(person)
  const erase = async (user: ErasedSubject) => {
    const reached = progress.get(options.keys.partition(user.id))!
    if (!(await eraseUserKeys(user, person, reached, name, options))) person.changed = user.id
  }
  await forEachConcurrently(users.slice(0, -1), erase)
  for (const last of users.slice(-1)) if (isAsExpected(person)) await erase(last)
}

/** Removes what is kept of a user. @returns false when their value is not as it is expected */
async function eraseUserKeys(
  user: ErasedSubject,
  person: Person,
  progress: ErasureProgress,
  name: string,
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<boolean> {
  const { id, expected } = user
  // No more are kept. They go before what lists them: an erasure that is cut short finds the others when it is sent again.
  const slates = await commands.zrange(keys.slatesOf(id), 0, -1)
  if (slates.length > 0) person.keys += await commands.del(...slates.map((slate) => keys.slate(slate)))
  const erased = await commands.liverankEraseUser(
    keys.value(user),
    keys.events(id),
    keys.slatesOf(id),
    keys.sample(keys.partition(id)),
    progress.key,
    keys.erasing(id),
    Buffer.from(expected ?? '', 'latin1'),
    expected === undefined ? 0 : 1,
    id,
    progress.count,
    name,
  )
  if (erased < 0) return false
  person.keys += erased
  return true
}

/**
 * Makes the event ids that are known of one of these users known of all: events of an id that had become another's are known of that
 * user alone. At most a million are written: of a person with too many ids and events, the first ids lack them.
 */
async function shareIdentities(
  person: Person,
  { connection: { commands }, keys, wall, count }: RedisErasureOptions,
): Promise<void> {
  const users = usersOf(person)
  const scores = new Map<string, { hash: Buffer; score: Buffer }>()
  let expiresIn = 0
  await forEachConcurrently(users, async (user) => {
    const key = keys.identities(user)
    const [known, ttl] = await Promise.all([commands.zrangeBuffer(key, 0, -1, 'WITHSCORES'), commands.pttl(key)])
    for (let i = 0; i < known.length; i += 2) scores.set(known[i].toString('latin1'), { hash: known[i], score: known[i + 1] })
    expiresIn = Math.max(expiresIn, ttl)
    count((IDENTITY_BYTES * known.length) / 2)
  })
  if (scores.size === 0 || expiresIn <= 0) return
  person.hashesUntil = wall() + expiresIn
  if (users.length < 2) return
  const scored = [...scores.values()]
  const receivers = users.slice(-Math.max(2, Math.floor(MOST_SHARED / scored.length)))
  await forEachConcurrently(receivers, async (user) => {
    const key = keys.identities(user)
    for (let start = 0; start < scored.length; start += PAGE) {
      const page = scored.slice(start, start + PAGE).flatMap(({ hash, score }) => [score, hash])
      await commands.liverankAddIdentities(key, expiresIn, ...page)
      count((IDENTITY_BYTES * page.length) / 2)
    }
  })
  person.hashesUntil = wall() + expiresIn
}

/**
 * Takes the entries out, and puts one in that has what they had added, for the archive: it is folded already, and stands where no fold looks.
 * @returns the progress; undefined when the store went back to a time at which they were not folded, as a backup or a replica may have
 * it: then no more go
 */
async function eraseFromLog(
  partition: number,
  end: string | undefined,
  { erasure, progress }: { readonly erasure: Erasure; readonly progress: string },
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<number | undefined> {
  const log = keys.log(partition)
  let count = 0
  if (end === undefined) return count
  let from = '-'
  for (;;) {
    const entries = await commands.xrange(log, from, end, 'COUNT', PAGE)
    if (entries.length === 0) return count
    from = `(${entries[entries.length - 1][0]}`
    const gone: { readonly id: string; readonly entry: LogEntry | 'poisoned' }[] = []
    for (const [id, fields] of entries) {
      const entry = await erasure.entryOf({ line: lineOf(fields), where: `${log} ${id}` })
      if (entry) gone.push({ id, entry })
    }
    // One by one, so that of two who erase the same entry, one keeps what it had added.
    for (const { id, entry } of gone) {
      // As of when it was recorded: by another clock it would stand elsewhere in the order of an archive.
      const sums = (entry === 'poisoned' ? undefined : erasure.rest(entry)) ?? ''
      const [went, reached] = await commands.liverankErase(log, progress, count, sums, id)
      if (went < 0) return undefined
      count = reached
      if (went > 0 && entry !== 'poisoned') erasure.count(entry)
    }
  }
}

async function archivingEnds(partition: number, { connection, keys, timers }: RedisErasureOptions): Promise<void> {
  const claim = await connection.commands.get(keys.claim(partition))
  if (claim === null) return
  const end = timers.monotonic() + PATIENCE_MS
  while ((await connection.commands.get(keys.claim(partition))) === claim) {
    if (timers.monotonic() > end) throw new UnavailableError('The log is being archived: send the erasure again in a minute.')
    await pause(timers, POLL_MS)
  }
}
