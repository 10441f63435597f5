import type { EventEmitter } from 'node:events'
import { UnavailableError } from '../../errors.ts'
import { countFailure } from '../../invariant.ts'
import { Increments, type SiftedIncrements, siftIncrements } from '../increments.ts'
import { compareLogIds } from '../log/id.ts'
import type { SlotLayout, SlotNames } from '../slots.ts'
import type { RedisConnection } from './connection.ts'
import { type FoldSource, foldCall, type Range } from './fold-call.ts'
import { FoldMarks } from './fold-marks.ts'
import type { RedisKeys } from './keys.ts'
import { idIn } from './layout.ts'
import { setAside } from './poisoned-entries.ts'
import { CONFIRMS_FOLD_MS, IMPORT_PATIENCE_MS, ReplicatedWrites } from './replicated-writes.ts'
import type { StoreIdentity } from './store-identity.ts'

/** Entries of one partition that are read at once: bounds the time that a fold call keeps Redis busy. */
const BATCH = 200
/** Bytes of logged increments that one fold takes, over all partitions, unless one entry alone has more. */
const FOLD_BYTES = 2 ** 19
/** After which the write that replicas confirm is gone, in ms. */
const REPLICATION_TTL_MS = 60_000
/** Events of a connection after which Redis may have less than it had. */
const LOSSES = ['close', '-node']
/** What the script answers where INFO tells no run id. */
const NO_RUN_ID = '-'

export interface LogFoldOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  readonly layout: SlotLayout
  readonly identity: StoreIdentity
  /** Time without an event after which a row may be deleted, in ms. */
  readonly expiresIn: number
  readonly warn: (message: string) => void
  /** Whether a replay folds: it waits longer for replicas, since nobody waits for its answers. Not, if absent. */
  readonly isReplay?: boolean
}

/**
 * Folds the logs: adds their increments to the shared sums, each entry exactly once. A shard accepts a range only if its mark is at
 * the beginning of the range, and moves the mark in the same script. So a worker may stop at any point, and several workers may do
 * the same work at the same time.
 *
 * An increment that cannot be added (null, infinite, of an unknown column) is left out of the sums by every shard. It is set aside
 * under the id of its entry before any mark moves past it. The other increments of the entry are folded.
 *
 * When a master fails, its replica may lack the latest writes.
 * - Entries that a log loses have not been folded. Before a worker folds up to X, it writes X as the fold mark beside the log and
 *   waits until a replica has that write. Replication keeps the order, so the replica then also has the log up to X. The write is
 *   refused if the log has no entry X: another server is the master by now, and the worker reads again.
 * - A shard that loses its last ranges also loses its mark, because one script writes both. Its mark falls back, and the ranges are
 *   folded again: the log is kept for longer than that takes.
 * - So no shard's mark is past the end of its log. A log never gives an id twice, nor an id below those that it holds, whatever the
 *   clock of its new master: no new entry can come before a mark.
 * - A single server may restart without its last second while a fold is in progress. It then refuses the fold, by its run id.
 * - Sometimes no replica could confirm: there is none, or one was promoted that had not confirmed, or a master came back from a
 *   disk that lacked the last second. Then a shard's mark may be past the end of a log. The lost entries stay in the sums. New
 *   entries would be skipped if their ids were below that mark. By the clock they are above it, unless the clock of the new master
 *   is behind by more than the failover took. So marks are forgotten now and then: a worker that reads them again looks for such a
 *   log, and lifts its ids above all marks. Only entries that such a master recorded before that are missing in the sums.
 */
export class LogFold {
  readonly #options: LogFoldOptions
  readonly #writes: ReplicatedWrites
  readonly #marks: FoldMarks
  readonly #onLoss = () => this.forgetMarks()
  /** How many entries to ask for: fewer while they are large. */
  #count = BATCH

  constructor(options: LogFoldOptions) {
    this.#options = options
    this.#writes = new ReplicatedWrites(
      options.connection,
      CONFIRMS_FOLD_MS,
      options.isReplay ? { unconfirmed: IMPORT_PATIENCE_MS } : {},
    )
    this.#marks = new FoldMarks(options)
    for (const event of LOSSES) this.#connected.on(event, this.#onLoss)
  }

  close(): void {
    for (const event of LOSSES) this.#connected.off(event, this.#onLoss)
    this.#writes.close()
  }

  get #connected(): EventEmitter {
    return this.#options.connection.commands
  }

  /** Makes the next fold read the marks again, because the content of the store may have changed. */
  forgetMarks(): void {
    this.#marks.forget()
  }

  /** Reads from the store, for each partition, the id up to which every shard has folded its log. */
  lowestMarks(): Promise<string[]> {
    return this.#marks.readLowest()
  }

  /**
   * Waits until no failover can undo the folds so far, so that their log entries may be deleted.
   * @throws UnavailableError if a replica that could replace a server does not confirm in time
   */
  async secureFolds(): Promise<void> {
    const { keys } = this.#options
    const writes = Array.from({ length: keys.partitioning.shards }, (_, shard) => {
      const key = keys.replication(shard)
      return this.#writes.write(key, (master) => master.liverankLease(key, 'fold', REPLICATION_TTL_MS))
    })
    const replicated = await Promise.all(writes)
    if (replicated.some(({ replication }) => replication === 'unconfirmed'))
      throw new UnavailableError('No replica of Redis has confirmed the shared sums: send the request again.')
  }

  /**
   * Folds as much as one call may.
   * @returns whether there is more to fold: a partition had as many entries as are read at once, or another worker had moved a mark
   */
  async foldOnce(): Promise<boolean> {
    const { layout, keys, identity } = this.#options
    // Its logs may be another process's, of another layout.
    if (identity.problem !== undefined) throw new UnavailableError(identity.problem)
    // What is read from one store must not reach the next, which another part of this process may open meanwhile.
    const store = identity.id
    await this.#marks.know()
    const { shards } = keys.partitioning
    const { reads: found, hasMore } = await this.#readLogs()
    if (found.length === 0) return false
    const securing = await Promise.all(found.map((read) => this.#secure(read)))
    const secured = securing.map(({ outcome }) => outcome)
    const reads = found.filter((_, i) => secured[i] === 'secured')
    const [run = '', ...otherRuns] = new Set(securing.flatMap(({ run }) => run ?? []))
    if (otherRuns.length > 0) {
      this.forgetMarks()
      return true
    }
    const sums = Array.from({ length: shards }, () => new Increments(layout))
    for (const { partition, entries } of reads) {
      // Mostly all shards stand before the first entry: then they stand before all.
      const isNew = this.#marks.areBefore(entries[0][0], partition)
      for (const [id, fields] of entries) {
        const at = fields.indexOf('i')
        if (at < 0) continue
        for (const increments of await this.#sound(partition, id, fields[at + 1])) {
          const shard = keys.shard(increments[0])
          const isAhead = isNew || compareLogIds(id, this.#marks.of(shard, partition)) > 0
          if (isAhead) sums[shard].putLogged([increments])
        }
      }
    }
    const ends = new Map(reads.map(({ partition, entries }) => [partition, lastId(entries)]))
    const applied = await Promise.all(
      sums.map(async (increments, shard) => {
        const ranges = [...ends]
          .map(([partition, to]) => ({ partition, from: this.#marks.of(shard, partition), to }))
          .filter(({ from, to }) => compareLogIds(to, from) > 0)
        if (ranges.length === 0) return true
        const copy = this.#marks.copyIn(shard)
        return this.#apply({ store: idIn(copy) === store ? copy : store, run }, shard, ranges, increments)
      }),
    )
    if (secured.includes('gone')) await this.#marks.learn()
    const waiting = secured.indexOf('unconfirmed')
    if (waiting >= 0) {
      throw new UnavailableError(
        `No replica has confirmed the log of partition ${found[waiting].partition}: folding waits until one has.`,
      )
    }
    return applied.includes(false) || hasMore || secured.includes('gone')
  }

  /** The increments of an entry that can be added; what cannot is set aside. */
  async #sound(partition: number, id: string, logged: string): Promise<SiftedIncrements['sound']> {
    const { layout } = this.#options
    const first = siftLogged(logged, layout.names)
    if (first.poisoned.length === 0) return first.sound
    // A newer process may have added columns since this one started.
    await this.#learnColumns()
    const { sound, poisoned } = siftLogged(logged, layout.names)
    if (poisoned.length > 0) await setAside(this.#options, { partition, id }, poisoned)
    return sound
  }

  async #learnColumns(): Promise<void> {
    const { connection, keys, layout } = this.#options
    const columns = await connection.commands.hget(keys.meta, 'columns')
    if (columns !== null) layout.admit(JSON.parse(columns) as SlotNames)
  }

  /** Sees to it that a failover cannot take away what is about to be folded. */
  async #secure({ partition, entries }: PartitionRead): Promise<Secured> {
    const { keys, connection } = this.#options
    const log = keys.log(partition)
    const { reply, replication } = await this.#writes.write(log, (master) =>
      master.liverankMark(log, keys.foldMark(partition), lastId(entries)),
    )
    if (reply === '') return { outcome: 'gone', run: undefined }
    const outcome = replication === 'unconfirmed' ? 'unconfirmed' : 'secured'
    return { outcome, run: connection.isCluster || reply === NO_RUN_ID ? undefined : reply }
  }

  /** What stands in the logs behind the lowest mark of each partition, as much as one fold takes; only partitions that have something. */
  async #readLogs(): Promise<{ reads: PartitionRead[]; hasMore: boolean }> {
    const { connection, keys } = this.#options
    const count = this.#count
    // Stays so low if the answer is too large to come in time.
    this.#count = Math.max(1, count >> 1)
    const found = await Promise.all(
      Array.from({ length: keys.partitioning.partitions }, async (_, partition) => {
        const from = this.#marks.lowest(partition)
        const entries = await connection.commands.xrange(keys.log(partition), `(${from}`, '+', 'COUNT', count)
        return { partition, entries }
      }),
    )
    const present = found.filter(({ entries }) => entries.length > 0)
    const reads = present.map(({ partition, entries }) => ({ partition, entries: fitting(entries, FOLD_BYTES / present.length) }))
    const isCut = reads.some(({ entries }, i) => entries.length < present[i].entries.length)
    this.#count = isCut ? Math.max(1, count >> 1) : Math.min(BATCH, 2 * count)
    return { reads, hasMore: isCut || present.some(({ entries }) => entries.length === count) }
  }

  /** @returns whether it was applied. Otherwise another worker had moved a mark, and where the marks stand is known now */
  async #apply(source: FoldSource, shard: number, ranges: readonly Range[], increments: Increments): Promise<boolean> {
    const { connection, identity, warn } = this.#options
    const { names, args } = foldCall(this.#options, source, shard, ranges, increments)
    const reply = await connection.commands.liverankFold(names.length, names, args)
    const [first, refused] = reply
    if (first === 'store') {
      await identity.suspect()
      throw new UnavailableError(identity.problem ?? 'The store lost its data and is being set up again.')
    }
    if (first === 'refused') {
      countFailure('SUM_NOT_FINITE', Number(refused))
      warn(`fold: ${refused} additions to shard ${shard} were omitted, because the sums would no longer be finite.`)
    }
    if (first === 'restarted') {
      this.forgetMarks()
      return false
    }
    const stale = first === 'refused' ? [] : reply
    if (stale.length === 0) for (const { partition, to } of ranges) this.#marks.set(shard, partition, to)
    for (let i = 0; i < stale.length; i += 2) this.#marks.set(shard, Number(stale[i]), stale[i + 1])
    return stale.length === 0
  }
}

/** Whether a log can be folded; `run` is the run id of the only server that says so, undefined in a cluster and where it has none. */
interface Secured {
  readonly outcome: 'secured' | 'gone' | 'unconfirmed'
  readonly run: string | undefined
}

type LogFields = [id: string, fields: string[]]

/** What was read of one log: at least one entry. */
interface PartitionRead {
  readonly partition: number
  readonly entries: LogFields[]
}

function lastId(entries: readonly LogFields[]): string {
  return entries[entries.length - 1][0]
}

/** Returns the first entries that together have at most this many bytes, but at least one entry. */
function fitting(entries: LogFields[], bytes: number): LogFields[] {
  let total = 0
  const end = entries.findIndex(([, fields]) => {
    total += fields.reduce((sum, field) => sum + field.length, 0)
    return total > bytes
  })
  return end < 0 ? entries : entries.slice(0, Math.max(1, end))
}

function siftLogged(logged: string, names: SlotNames): SiftedIncrements {
  let parsed: unknown
  try {
    parsed = JSON.parse(logged)
  } catch {
    return { sound: [], poisoned: [logged] }
  }
  return siftIncrements(parsed, names)
}

/** Log ids are two integers, milliseconds and a sequence. */
