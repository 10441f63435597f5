import { archivedStretch } from '../log/archive.ts'
import { readSegment } from '../log/compressed-segments.ts'
import { packedSegments } from '../log/erased-log.ts'
import { compareLogIds } from '../log/id.ts'
import { lineOf, logIdOf, withLogId } from '../log/redis-entry-line.ts'
import type { SegmentIds } from '../log/segment-ids.ts'
import type { OwnedEntries } from '../owned-entries.ts'
import {
  type EventIdHash,
  type FoundEntry,
  type IsOver,
  ownedLines,
  type PersonalData,
  type StoredSlate,
  type UserMarks,
} from '../personal-data.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'
import { timeOfIdentity } from './scripts/identity-score.ts'
import { sortedSetPages } from './sorted-set-pages.ts'

/** Entries of a log that are read at once. */
const PAGE = 500

export interface RedisPersonalDataOptions {
  readonly connection: Pick<RedisConnection, 'commands'>
  readonly keys: RedisKeys
  /** Folders with archives of the log. */
  readonly archives: readonly string[]
  readonly segmentIds: SegmentIds
}

/** The data of a user that Redis and the archives hold besides the user value and the kept events. */
export class RedisPersonalData implements PersonalData {
  readonly #options: RedisPersonalDataOptions

  constructor(options: RedisPersonalDataOptions) {
    this.#options = options
  }

  async marksOf(userId: string): Promise<UserMarks> {
    const { connection, keys } = this.#options
    const [score, presence] = await answered(
      Promise.all([
        connection.commands.zscore(keys.sample(keys.partition(userId)), userId),
        connection.commands.exists(keys.presence(userId)),
      ]),
    )
    return { isSampled: score !== null, isFollowed: presence > 0 }
  }

  async *slatesOf(userId: string): AsyncGenerator<StoredSlate> {
    const { connection, keys } = this.#options
    for await (const [id] of this.#members(keys.slatesOf(userId))) {
      const recommendationId = id.toString()
      const bytes = await answered(connection.commands.getBuffer(keys.slate(recommendationId)))
      if (bytes !== null) yield { recommendationId, bytes }
    }
  }

  async *eventIdHashesOf(userId: string): AsyncGenerator<EventIdHash> {
    for await (const [hash, score] of this.#members(this.#options.keys.identities({ kind: 'user', id: userId })))
      yield { hash: hash.toString('base64url'), at: timeOfIdentity(score) }
  }

  /** Yields members of a sorted set with their scores, in the order of the scores. */
  async *#members(key: string): AsyncGenerator<readonly [Buffer, number]> {
    for await (const page of sortedSetPages(this.#options.connection.commands, key))
      for (let i = 0; i < page.length; i += 2) yield [page[i], Number(page[i + 1])]
  }

  /** Yields each entry once. Entries that are archived and trimmed during the read are read from the archive. */
  async *entriesOf(subjects: OwnedEntries, isOver: IsOver): AsyncGenerator<FoundEntry> {
    const { keys } = this.#options
    const partitions = new Set(Array.from(subjects.quoted, (quoted) => keys.partition(JSON.parse(quoted) as string)))
    const before = await this.#archived(partitions)
    const ends = new Map<number, string>()
    for (const { path, partition, last } of before) {
      if (compareLogIds(last, ends.get(partition) ?? last) >= 0) ends.set(partition, last)
      yield* this.#fromSegment(path, subjects, isOver)
    }
    const live = new Set<string>()
    for (const partition of partitions) {
      const lines = this.#liveLines(partition, ends.get(partition))
      for await (const found of ownedLines(lines, subjects, isOver)) {
        live.add(`${partition} ${logIdOf(found.line)}`)
        yield found
      }
    }
    const known = new Set(before.map(({ path }) => path))
    for (const { path, partition } of await this.#archived(partitions)) {
      if (known.has(path)) continue
      for await (const found of this.#fromSegment(path, subjects, isOver))
        if (!live.has(`${partition} ${logIdOf(found.line)}`)) yield found
    }
  }

  async #archived(partitions: ReadonlySet<number>): Promise<{ path: string; partition: number; last: string }[]> {
    const byName = new Map<string, { path: string; partition: number; last: string }>()
    for (const folder of this.#options.archives) {
      for (const path of await packedSegments(folder)) {
        const name = path.slice(path.lastIndexOf('/') + 1)
        const stretch = archivedStretch(name)
        // Folders of several replicas may hold the same segment.
        if (stretch && partitions.has(stretch.partition) && !byName.has(name)) byName.set(name, { path, ...stretch })
      }
    }
    return [...byName.values()].sort((a, b) => a.partition - b.partition || compareLogIds(a.last, b.last))
  }

  async *#fromSegment(path: string, subjects: OwnedEntries, isOver: IsOver) {
    if (isOver(0) || !(await this.#options.segmentIds.mayName(path, subjects.quoted))) return
    yield* ownedLines(readSegment(path), subjects, isOver)
  }

  /** Yields the lines of a partition's log after an id, up to the entry that is the last one now. */
  async *#liveLines(partition: number, behind: string | undefined) {
    const { connection, keys } = this.#options
    const log = keys.log(partition)
    const [latest] = await answered(connection.commands.xrevrange(log, '+', '-', 'COUNT', 1))
    let from = behind === undefined ? '-' : `(${behind}`
    for (;;) {
      const entries = latest ? await answered(connection.commands.xrange(log, from, latest[0], 'COUNT', PAGE)) : []
      if (entries.length === 0) return
      for (const [id, fields] of entries) yield { line: withLogId(lineOf(fields), id), where: `${log} ${id}` }
      from = `(${entries[entries.length - 1][0]}`
    }
  }
}
