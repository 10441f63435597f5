import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { invariant } from '../../invariant.ts'
import { HOUR } from '../../time-units.ts'
import { makeFolder, writeWhole } from '../durable-file.ts'
import { partitionSegmentName } from '../log/archive.ts'
import { pack } from '../log/compressed-segments.ts'
import { BEGINNING, behind, compareLogIds } from '../log/id.ts'
import { logLines, type Stretch } from './archive-lines.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { beginOf } from './redis-errors.ts'
import { serverTime } from './server-time.ts'
import type { StoreIdentity } from './store-identity.ts'

/** How often one of all processes looks after the logs, in ms. */
const TURN_MS = 30_000
/** Entries that are dropped at once: bounds the time that a call keeps Redis busy. */
const DROPPED = 10_000

export interface LogTrimmerOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  /** Identity of the store; if absent, the store is known to be the one that was opened. */
  readonly identity?: Pick<StoreIdentity, 'problem'>
  /** Folder of the archive; if undefined, trimmed entries are deleted. */
  readonly archive: string | undefined
  /**
   * Time that folded entries stay in the log, in ms. Must be longer than a failover takes, because a shard may need them again
   * after one.
   */
  readonly margin: number
  readonly warn: (message: string) => void
}

/**
 * Keeps the logs short: entries that every shard has folded, and that are older than a margin, move from the log to the archive.
 *
 * Before a range is archived, it is claimed beside the log. After a crash, the next worker then archives the same range under the
 * same name. One script trims the range and drops the claim; it does nothing if the claim is gone. So a worker may stop at any
 * point, and several workers may do the same work: no entry is trimmed before it is archived, and none is archived twice.
 */
export class LogTrimmer {
  readonly #options: LogTrimmerOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: LogTrimmerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Archives and trims all partitions as far as possible. Other workers may do so at the same time. */
  async trim(): Promise<void> {
    const { connection, keys } = this.#options
    const { partitions, shards } = keys.partitioning
    const marks = await Promise.all(Array.from({ length: shards }, (_, shard) => connection.commands.hgetall(keys.marks(shard))))
    for (let partition = 0; partition < partitions; partition++) {
      if (this.#stopping.signal.aborted) return
      const folded = marks.map((ofShard) => ofShard[partition] ?? BEGINNING).reduce(earlier)
      await this.#trimPartition(partition, folded)
    }
  }

  async #loop(): Promise<void> {
    const { connection, keys, identity, warn } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        // A turn is nobody's to keep: its name is new each time, and it ends when the next is due.
        if (
          identity?.problem === undefined &&
          (await connection.commands.liverankLease(keys.trimmer, randomUUID(), TURN_MS)) === 1
        )
          await this.trim()
      } catch (error) {
        if (!signal.aborted) warn(`the log is not trimmed: ${beginOf(error as Error)}`)
      }
      await wait(TURN_MS / 3, undefined, { signal }).catch(() => {})
    }
  }

  /** @param folded the id up to which every shard has folded the log */
  async #trimPartition(partition: number, folded: string): Promise<void> {
    const { connection, keys, archive, margin } = this.#options
    const now = Math.floor(await serverTime(connection.commands))
    const limit = earlier(folded, `${Math.max(0, now - margin)}-0`)
    invariant(compareLogIds(limit, folded) <= 0, 'TRIM_AHEAD_OF_FOLD', 'entries would go that a shard has not folded.')
    if (archive === undefined) {
      const log = keys.log(partition)
      while ((await connection.commands.xtrim(log, 'MINID', '~', behind(limit), 'LIMIT', DROPPED)) > 0) {}
      return
    }
    for (;;) {
      const claimed = await this.#claim(partition, limit, now)
      if (claimed === undefined) return
      const { first, last } = claimed
      await makeFolder(archive)
      const path = join(archive, partitionSegmentName(partition, first, last))
      const isOurs = async () => (await connection.commands.get(keys.claim(partition))) === text(claimed)
      await writeWhole(path, async (file) => {
        await pack(logLines({ connection, keys }, partition, claimed), file, this.#stopping.signal)
        // While the claim stands nothing of it has been trimmed, so that all of it has been read.
        if (!(await isOurs())) throw new Error(`another worker has archived ${path}`)
      })
      await connection.commands.liverankTrim(
        keys.log(partition),
        keys.claim(partition),
        keys.archived(partition),
        text(claimed),
        behind(last),
        last,
      )
    }
  }

  /** What is to be archived next: what somebody has begun with, or else a stretch as long as the margin, once there is one. */
  async #claim(partition: number, limit: string, now: number): Promise<Stretch | undefined> {
    const { connection, keys, margin } = this.#options
    const { commands } = connection
    const begun = await commands.get(keys.claim(partition))
    if (begun !== null) return stretchOf(begun)
    const [oldest] = await commands.xrange(keys.log(partition), '-', limit, 'COUNT', 1)
    if (!oldest) return undefined
    const [first] = oldest
    const beganAt = Number.parseInt(first, 10)
    if (beganAt > now - 2 * margin) return undefined
    const last = earlier(limit, `${beganAt + Math.max(2 * margin, HOUR)}-0`)
    const claimed = await commands.liverankClaim(keys.log(partition), keys.claim(partition), first, text({ first, last }))
    return claimed === null ? undefined : stretchOf(claimed)
  }
}

function text({ first, last }: Stretch): string {
  return `${first} ${last}`
}

function stretchOf(claim: string): Stretch {
  const [first, last] = claim.split(' ')
  return { first, last }
}

function earlier(a: string, b: string): string {
  return compareLogIds(a, b) > 0 ? b : a
}
