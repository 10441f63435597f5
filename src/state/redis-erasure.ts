import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { UnavailableError } from '../errors.ts'
import { Erasure } from './erased-log.ts'
import type { EventsEntry, LogEntry } from './log-entry.ts'
import { lineOf } from './log-line.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisKeys } from './redis-keys.ts'
import { copyLog } from './redis-log-copy.ts'
import type { Erased, Lingering, Subject } from './store.ts'

const PAGE = 500
/** Persons, ids or partitions that are worked on at once. */
const LANES = 8
/** Most identities that are written for one person. */
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
  /** What followers of an erased user are told; nothing if undefined. */
  readonly signal: ((userId: string) => string) | undefined
  /** ms of the wall clock. */
  readonly wall: () => number
}

/** An erasure that waits for its pass. */
interface Waiting {
  /** All ids of one person. */
  readonly subjects: readonly Subject[]
  readonly resolve: (erased: Erased) => void
  readonly reject: (error: unknown) => void
}

/** A person in a pass. */
interface Person {
  readonly subjects: readonly Subject[]
  keys: number
  logEntries: number
  /** Until when hashes of event ids stay, in ms of the wall clock; undefined where there are none. */
  hashesUntil: number | undefined
}

/**
 * Removes values, slates and events of users from Redis, from the logs when they are folded, and from the archive. Erasures that wait
 * share one pass over the logs and the archive, and there is one pass at a time. Other processes may erase at the same time.
 *
 * Hashes of event ids stay until they expire, under every id of the person, so that what an old device sends again does not count a
 * second time.
 */
export class RedisErasures {
  readonly #options: RedisErasureOptions
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(options: RedisErasureOptions) {
    this.#options = options
  }

  /** @param subjects all ids of one person; the value of the last one goes when all else has gone */
  erase(subjects: readonly Subject[]): Promise<Erased> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ subjects, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      // Those that came with this one join it.
      await turn()
      const waiting = this.#waiting
      this.#waiting = []
      try {
        const persons = await erasePersons(
          waiting.map(({ subjects }) => subjects),
          this.#options,
        )
        for (const [i, { resolve }] of waiting.entries()) resolve(erasedOf(persons[i]))
      } catch (error) {
        for (const { reject } of waiting) reject(error)
      }
    }
    this.#isRunning = false
  }
}

async function erasePersons(subjects: readonly (readonly Subject[])[], options: RedisErasureOptions): Promise<readonly Person[]> {
  const { connection, keys, archive, settle, signal } = options
  const persons = subjects.map((subjects): Person => ({ subjects, keys: 0, logEntries: 0, hashesUntil: undefined }))
  await inLanes(persons, async (person) => {
    await shareIdentities(person, options)
    await inLanes(person.subjects.slice(0, -1), async (subject) => {
      person.keys += await eraseValues(subject, options)
    })
    // The last value tells the other ids, for as long as the erasure can be cut short.
    const last = person.subjects.at(-1)
    if (last && (await connection.commands.exists(keys.value(last))) > 0) person.keys++
  })
  const erasure = new Erasure(subjects.flat())
  const partitions = [...new Set(subjects.flat().map(({ id }) => keys.partition(id)))]
  const ends = await Promise.all(partitions.map((partition) => endOfLog(partition, options)))
  await settle()
  const indexed = partitions.map((partition, i) => ({ partition, end: ends[i] }))
  await inLanes(indexed, ({ partition, end }) => eraseFromLog(partition, end, erasure, options))
  for (const person of persons) person.logEntries = erasure.countOf(person.subjects)
  const known = persons.filter((person) => person.keys + person.logEntries > 0 || person.hashesUntil !== undefined)
  const rewritten = new Set(known.flatMap((person) => person.subjects.map(({ id }) => keys.partition(id))))
  await inLanes([...rewritten], (partition) => copyLog(partition, connection, keys))
  // What somebody was archiving meanwhile may have been read before it went.
  for (const partition of partitions) await archivingEnds(partition, options)
  if (archive !== undefined) await erasure.fromArchive(archive)
  for (const person of persons) person.logEntries = erasure.countOf(person.subjects)
  await inLanes(persons, async ({ subjects }) => {
    for (const last of subjects.slice(-1)) await eraseValues(last, options)
    const users = new Set(subjects.flatMap(({ kind, id }) => (kind === 'user' ? [id] : [])))
    if (signal) for (const id of users) await connection.commands.publish(keys.userChannel(id), signal(id))
  })
  return persons
}

function erasedOf({ keys, logEntries, hashesUntil }: Person): Erased {
  if (keys + logEntries === 0 && hashesUntil === undefined) return { keys, logEntries }
  const hashes: Lingering[] = hashesUntil === undefined ? [] : [{ what: 'EVENT_ID_HASHES', until: hashesUntil }]
  return { keys, logEntries, lingering: [...hashes, { what: 'REDIS_FILES', until: undefined }] }
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
 * Makes the event ids that are known of one of these users known of all: events of an id that had become another's are known of that
 * user alone. At most a million are written: of a person with too many ids and events, the first ids lack them.
 */
async function shareIdentities(person: Person, { connection: { commands }, keys, wall }: RedisErasureOptions): Promise<void> {
  const users = person.subjects.filter(({ kind }) => kind === 'user')
  const scores = new Map<string, { hash: Buffer; score: Buffer }>()
  let expiresIn = 0
  await inLanes(users, async (user) => {
    const key = keys.identities(user)
    const [known, ttl] = await Promise.all([commands.zrangeBuffer(key, 0, -1, 'WITHSCORES'), commands.pttl(key)])
    for (let i = 0; i < known.length; i += 2) scores.set(known[i].toString('latin1'), { hash: known[i], score: known[i + 1] })
    expiresIn = Math.max(expiresIn, ttl)
  })
  if (scores.size === 0 || expiresIn <= 0) return
  person.hashesUntil = wall() + expiresIn
  if (users.length < 2) return
  const scored = [...scores.values()]
  const receivers = users.slice(-Math.max(2, Math.floor(MOST_SHARED / scored.length)))
  await inLanes(receivers, async (user) => {
    const key = keys.identities(user)
    for (let start = 0; start < scored.length; start += PAGE) {
      await commands.zadd(key, ...scored.slice(start, start + PAGE).flatMap(({ hash, score }) => [score, hash]))
    }
    await commands.pexpire(key, expiresIn)
  })
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
): Promise<void> {
  if (end === undefined) return
  const log = keys.log(partition)
  let from = '-'
  for (;;) {
    const entries = await commands.xrange(log, from, end, 'COUNT', PAGE)
    if (entries.length === 0) return
    from = `(${entries[entries.length - 1][0]}`
    const gone: { readonly id: string; readonly entry: LogEntry | 'poisoned' }[] = []
    for (const [id, fields] of entries) {
      const entry = erasure.erased(lineOf(fields), `${log} ${id}`)
      if (entry) gone.push({ id, entry })
    }
    // One by one, so that of two who erase the same entry, one keeps what it had added.
    for (const { id, entry } of gone) {
      const sums = entry !== 'poisoned' && entry.kind === 'events' && entry.increments.length > 0 ? sumsOf(entry) : ''
      const went = await commands.liverankErase(log, sums, id)
      if (went > 0 && entry !== 'poisoned') erasure.count(entry)
    }
  }
}

/** What an entry had added, as of when it was recorded: by another clock it would stand elsewhere in the order of an archive. */
function sumsOf({ recordedAt: at, increments }: EventsEntry): string {
  return JSON.stringify({ kind: 'sums', at, increments } satisfies LogEntry)
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

/** Works on each, on a few at a time. */
async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values()
  await Promise.all(
    Array.from({ length: Math.min(LANES, all.length) }, async () => {
      for (const one of rest) await work(one)
    }),
  )
}
