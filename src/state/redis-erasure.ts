import { setTimeout as wait } from 'node:timers/promises'
import { UnavailableError } from '../errors.ts'
import { Erasure } from './erased-log.ts'
import { type EventsEntry, parseLogEntry } from './log-entry.ts'
import { lineOf } from './log-line.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisKeys } from './redis-keys.ts'
import type { Erased, Subject } from './store.ts'

const PAGE = 500
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
  const { keys, archive, settle } = options
  const erasure = new Erasure(subjects)
  const partitions = [...new Set(subjects.map(({ id }) => keys.partition(id)))]
  await shareIdentities(
    subjects.filter(({ kind }) => kind === 'user'),
    options,
  )
  let values = 0
  for (const subject of subjects) values += await eraseValues(subject, options)
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

/** What was recorded under an id for whom it had become stands with that user: each is an own user from here on, and knows all. */
async function shareIdentities(
  users: readonly Subject[],
  { connection: { commands }, keys }: RedisErasureOptions,
): Promise<void> {
  if (users.length < 2) return
  const held = await Promise.all(
    users.map(async (user) => {
      const key = keys.identities(user)
      const [known, expiresIn] = await Promise.all([commands.zrangeBuffer(key, 0, -1, 'WITHSCORES'), commands.pttl(key)])
      return { known, expiresIn }
    }),
  )
  const scored = held.flatMap(({ known }) =>
    Array.from({ length: known.length / 2 }, (_, i) => [known[2 * i + 1], known[2 * i]] as const),
  )
  if (scored.length === 0) return
  const expiresIn = Math.max(...held.map((one) => one.expiresIn))
  for (const user of users) {
    const key = keys.identities(user)
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
      const line = lineOf(fields)
      if (!erasure.concerns(line)) continue
      const entry = parseLogEntry(line, `${log} ${id}`)
      if (!erasure.erases(entry)) continue
      gone.push(id)
      if (entry.kind === 'events') increments.push(...entry.increments)
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
