import { randomUUID } from 'node:crypto'
import { pause, systemTimers, type Timers } from '../../timers.ts'
import { compareLogIds } from '../log/id.ts'
import { LogFold, type LogFoldOptions } from './log-fold.ts'
import { beginOf } from './redis-errors.ts'
import { serverTime } from './server-time.ts'

const LEASE_MS = 3000
/** How long to sleep when there is nothing to fold; a wake-up from this process cuts it short. */
const IDLE_MS = 20
/** Least time from one fold to the next, in ms: a fold costs about the same for one entry as for fifty. */
const PACE_MS = 20
/** How long to wait when the store did not answer. */
const RETRY_MS = 200

export interface FoldWorkerOptions extends LogFoldOptions {
  /** Unique name of this worker; generated if absent. */
  readonly id?: string
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
}

/** Folds the logs while it runs and holds the lease. The lease only saves work: several workers may fold at the same time. */
export class FoldWorker {
  readonly #options: FoldWorkerOptions
  readonly #id: string
  readonly #timers: Timers
  readonly #fold: LogFold
  #running: Promise<void> | undefined
  #stopped = false
  #wake: (() => void) | undefined
  #isWoken = false
  /** In ms of monotonic time. */
  #leaseUntil = Number.NEGATIVE_INFINITY
  #turn: Promise<void> = Promise.resolve()

  constructor(options: FoldWorkerOptions) {
    this.#options = options
    this.#id = options.id ?? randomUUID()
    this.#timers = options.timers ?? systemTimers
    this.#fold = new LogFold(options)
  }

  start(): void {
    this.#running ??= this.#loop()
  }

  /** Makes the next fold read the marks again, because the state of the store has changed. */
  forget(): void {
    this.#fold.forgetMarks()
  }

  /** Folds soon, because something was recorded. */
  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.wake()
    await this.#running
    const { connection, keys } = this.#options
    // Whoever takes over need not wait for its end.
    const isHolder = this.#timers.monotonic() < this.#leaseUntil
    this.#leaseUntil = Number.NEGATIVE_INFINITY
    if (isHolder) await connection.commands.liverankRelease(keys.lease, this.#id).catch(() => {})
    this.#fold.close()
  }

  /** Returns the age of the oldest entry that some shard lacks, in ms by the clock of Redis; 0 if there is none. */
  async lag(): Promise<number> {
    const { connection, keys } = this.#options
    const folded = await this.#fold.lowestMarks()
    const oldest = await Promise.all(
      folded.map(async (mark, partition) => {
        const [first] = await connection.commands.xrange(keys.log(partition), `(${mark}`, '+', 'COUNT', 1)
        return first ? Number.parseInt(first[0], 10) : Number.POSITIVE_INFINITY
      }),
    )
    const since = Math.min(...oldest)
    if (since === Number.POSITIVE_INFINITY) return 0
    return Math.max(0, (await serverTime(connection.commands)) - since)
  }

  /** Folds everything recorded before the call. Other workers may fold at the same time. */
  settle(): Promise<void> {
    return this.#exclusive(async () => {
      while (await this.#fold.foldOnce()) {}
    })
  }

  /**
   * Folds everything recorded before the call, and waits until no failover can undo it.
   * @returns by partition, the id of the log entry up to which all shards are folded
   * @throws UnavailableError if replicas do not confirm it
   */
  settleForGood(): Promise<readonly string[]> {
    return this.#exclusive(async () => {
      for (;;) {
        this.#fold.forgetMarks()
        while (await this.#fold.foldOnce()) {}
        const folded = await this.#fold.lowestMarks()
        await this.#fold.secureFolds()
        // A server that failed meanwhile may have lost what its successor has just confirmed not to have.
        const secured = await this.#fold.lowestMarks()
        if (secured.every((mark, partition) => compareLogIds(mark, folded[partition]) >= 0)) return secured
      }
    })
  }

  /** One fold at a time within this worker: two would only get in each other's way. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      try {
        if ((await this.#isClosed()) || !(await this.#holdLease())) {
          this.#fold.forgetMarks()
          await this.#sleep(LEASE_MS / 3)
          continue
        }
        this.#isWoken = false
        const next = this.#timers.monotonic() + PACE_MS
        const hasMore = await this.#exclusive(() => this.#fold.foldOnce())
        if (hasMore || this.#stopped) continue
        if (!this.#isWoken) await this.#sleep(IDLE_MS)
        const early = next - this.#timers.monotonic()
        if (early > 0) await pause(this.#timers, early)
      } catch (error) {
        this.#fold.forgetMarks()
        if (this.#stopped) return
        this.#options.warn(
          `log entries could not be added to the totals over all users; the service tries again: ${beginOf(error as Error)}`,
        )
        await pause(this.#timers, RETRY_MS)
      }
    }
  }

  /** Whether the store is not to be written: another process may have laid it out otherwise. */
  async #isClosed(): Promise<boolean> {
    const { identity } = this.#options
    if (identity.problem !== undefined) await identity.suspect()
    return identity.problem !== undefined
  }

  async #holdLease(): Promise<boolean> {
    const now = this.#timers.monotonic()
    if (now < this.#leaseUntil - LEASE_MS / 2) return true
    const { connection, keys } = this.#options
    if ((await connection.commands.liverankLease(keys.lease, this.#id, LEASE_MS)) === 0) return false
    this.#leaseUntil = now + LEASE_MS
    // Now and then, since a failover may change what the shards and the logs hold without any error here.
    this.#fold.forgetMarks()
    return true
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = undefined
  }
}
