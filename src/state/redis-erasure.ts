import { setTimeout as wait } from 'node:timers/promises'
import { UnavailableError } from '../errors.ts'
import { Erasure } from './erased-log.ts'
import { erasurePasses } from './erasure-passes.ts'
import type { EventsEntry } from './log-entry.ts'
import { lineOf } from './log-line.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisKeys } from './redis-keys.ts'
import type { Erased, Subject } from './store.ts'

const PAGE = 500
/** Users whose values are removed, or whose identities are read, at the same time. */
const AT_ONCE = 100
/** Identities that are written at most for one person, of whom many ids may know many events. */
const MOST_SHARED = 1_000_000
/** How long an archiving that has begun may take. */
const PATIENCE_MS = 60_000
const POLL_MS = 100

export interface RedisErasureOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  /** Folder of the archive of this process. */
  readonly archive: string | undefined
  /** Folds all that was recorded before the call. */
  readonly settle: () => Promise<void>
}

/**
 * Removes values, slates and events of users from Redis, from the logs when they are folded, and from the archive. Hashes of event ids
 * stay until they expire, under every id of the person, so that what an old device sends again does not count a second time.
 * @param subjects all ids of one person
 */
export async function eraseFromRedis(subjects: readonly Subject[], options: RedisErasureOptions): Promise<Erased> {
  await shareIdentities(
    subjects.flatMap(({ kind, id }) => (kind === 'user' ? [id] : [])),
    options,
  )
  const erased = { keys: 0, logEntries: 0 }
  for (const pass of erasurePasses(subjects)) {
    const { keys, logEntries } = await eraseSubjects(pass, options)
    erased.keys += keys
    erased.logEntries += logEntries
  }
  return erased
}

async function eraseSubjects(subjects: readonly Subject[], options: RedisErasureOptions): Promise<Erased> {
  const { keys, archive, settle } = options
  const erasure = new Erasure(subjects)
  const partitions = [...new Set(subjects.map(({ id }) => keys.partition(id)))]
  let values = 0
  for (let start = 0; start < subjects.length; start += AT_ONCE) {
    const counts = await Promise.all(subjects.slice(start, start + AT_ONCE).map((subject) => eraseValues(subject, options)))
    for (const count of counts) values += count
  }
  const ends = await Promise.all(partitions.map((partition) => endOfLog(partition, options)))
  await settle()
  let logEntries = 0
  for (const [i, partition] of partitions.entries()) logEntries += await eraseFromLog(partition, ends[i], erasure, options)
  // What somebody was archiving meanwhile may have been read before it went.
  for (const partition of partitions) await archivingEnds(partition, options)
  if (archive !== undefined) logEntries += await erasure.fromArchive(archive)
  return { keys: values, logEntries }
}

async function eraseValues(subject: Subject, { connection: { commands }, keys }: RedisErasureOptions): Promise<number> {
  const partition = keys.partition(subject.id)
  if (subject.kind !== 'user') {
    await commands.srem(keys.index(partition, subject.kind), subject.id)
    return commands.del(keys.value(subject))
  }
  const { id } = subject
  const slates = await commands.zrange(keys.slatesOf(id), 0, -1)
  await commands.zrem(keys.sample(partition), id)
  return commands.del(keys.value(subject), keys.events(id), keys.slatesOf(id), ...slates.map((slate) => keys.slate(slate)))
}

/**
 * Makes the event ids that are known of one of these users known of all: what came under an id that had become another's is known of
 * that user alone. At most a million are written: of a person with too many ids and events, the first ids of the list lack them.
 */
async function shareIdentities(
  userIds: readonly string[],
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<void> {
  if (userIds.length < 2) return
  const known = new Map<string, readonly [Buffer, Buffer]>()
  let expiresIn = 0
  for (let start = 0; start < userIds.length; start += AT_ONCE) {
    const held = userIds.slice(start, start + AT_ONCE).map(async (id) => {
      const key = keys.identities({ kind: 'user', id })
      return Promise.all([commands.zrangeBuffer(key, 0, -1, 'WITHSCORES'), commands.pttl(key)])
    })
    for (const [flat, ttl] of await Promise.all(held)) {
      for (let i = 0; i < flat.length; i += 2) known.set(flat[i].toString('latin1'), [flat[i + 1], flat[i]])
      expiresIn = Math.max(expiresIn, ttl)
    }
  }
  if (known.size === 0) return
  const scored = [...known.values()]
  for (const id of userIds.slice(-Math.max(2, Math.floor(MOST_SHARED / scored.length)))) {
    const key = keys.identities({ kind: 'user', id })
    for (let start = 0; start < scored.length; start += PAGE)
      await commands.zadd(key, ...scored.slice(start, start + PAGE).flat())
    await commands.pexpire(key, expiresIn)
  }
}

/** Id of the last entry; undefined for an empty log. */
async function endOfLog(partition: number, { connection, keys }: RedisErasureOptions): Promise<string | undefined> {
  const [last] = await connection.commands.xrevrange(keys.log(partition), '+', '-', 'COUNT', 1)
  return last?.[0]
}

/** Takes the entries out, and puts one in that has what they had added, for the archive: it is folded already, and stands where no fold looks. */
async function eraseFromLog(
  partition: number,
  end: string | undefined,
  erasure: Erasure,
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<number> {
  if (end === undefined) return 0
  const log = keys.log(partition)
  let erased = 0
  let from = '-'
  for (;;) {
    const entries = await commands.xrange(log, from, end, 'COUNT', PAGE)
    if (entries.length === 0) return erased
    from = `(${entries[entries.length - 1][0]}`
    const gone: string[] = []
    const increments: EventsEntry['increments'][number][] = []
    for (const [id, fields] of entries) {
      const entry = erasure.erased(lineOf(fields), `${log} ${id}`)
      if (!entry) continue
      gone.push(id)
      if (entry !== 'poisoned' && entry.kind === 'events') increments.push(...entry.increments)
    }
    if (gone.length === 0) continue
    const sums = JSON.stringify({ kind: 'sums', at: Number.parseInt(gone[0], 10), increments })
    erased += await commands.liverankErase(log, increments.length > 0 ? sums : '', ...gone)
  }
}

async function archivingEnds(partition: number, { connection, keys }: RedisErasureOptions): Promise<void> {
  const claim = await connection.commands.get(keys.claim(partition))
  if (claim === null) return
  const end = performance.now() + PATIENCE_MS
  while ((await connection.commands.get(keys.claim(partition))) === claim) {
    if (performance.now() > end) throw new UnavailableError('The log is being archived: send the erasure again in a minute.')
    await wait(POLL_MS)
  }
}
