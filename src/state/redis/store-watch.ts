import type { EventEmitter } from 'node:events'
import { LiverankError } from '../../errors.ts'
import type { SlotNames } from '../slots.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { idIn, isWhole, openLayout, readStoreIds, type StoreIds } from './layout.ts'
import type { StoreIdentity } from './store-identity.ts'

/** How often the ids are read without a reason to, in ms. */
const CHECK_MS = 2000

export interface StoreWatchOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  /** Id of the store when it was opened. */
  readonly id: string
  /** Columns that this process uses. Their places stay the same while it runs. */
  readonly columns: SlotNames
  /** Returns the columns of a store with those of this process added at the end. */
  readonly grow: (recorded: SlotNames) => SlotNames
  readonly newId: () => string
  readonly onError: (message: string) => void
}

/**
 * Notices if Redis lost all or a part of its data while this process runs: the store then has no id, another one, or a missing
 * copy. Nothing is written into such a store. It gets a new layout under the settings of this process and a new id, unless another
 * process did that first. Listeners then forget what they know of the old store. A store that others laid out with other settings
 * stays closed to this process.
 */
export class StoreWatch implements StoreIdentity {
  readonly #options: StoreWatchOptions
  readonly #listeners = new Set<() => void>()
  #id: string
  #problem: string | undefined
  #losses = 0
  #checking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: StoreWatchOptions) {
    this.#options = options
    this.#id = options.id
    const connected: EventEmitter = options.connection.commands
    for (const event of ['ready', '-node']) connected.on(event, () => void this.suspect())
  }

  get id(): string {
    return this.#id
  }

  get problem(): string | undefined {
    return this.#problem
  }

  /** Number of data losses since the start. */
  get losses(): number {
    return this.#losses
  }

  start(): void {
    this.#timer = setInterval(() => void this.suspect(), CHECK_MS)
    this.#timer.unref()
  }

  /** Stops the watch. Resolves when no check is running. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#checking
  }

  /** Calls `listener` whenever another store has replaced the one before. */
  onReplaced(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Checks the store now, and lays it out again if data is lost. Concurrent calls share one check. */
  suspect(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#checking ??= this.#check()
      // A store that does not answer is not lost: it is looked at again when it does.
      .catch(() => {})
      .finally(() => {
        this.#checking = undefined
      })
    return this.#checking
  }

  async #check(): Promise<void> {
    const { connection, keys } = this.#options
    const ids = await readStoreIds(connection, keys)
    if (isWhole(ids) && ids.meta === this.#id) {
      this.#problem = undefined
      return
    }
    if (this.#problem === undefined) {
      this.#losses++
      this.#problem = `${describe(ids, this.#id)} Recording waits until the store is set up again.`
      this.#options.onError(this.#problem)
    }
    await this.#layOutAgain()
  }

  async #layOutAgain(): Promise<void> {
    const { connection, keys, onError, newId } = this.#options
    try {
      this.#id = await openLayout(connection, keys, (recorded) => this.#columnsOn(recorded), newId)
    } catch (error) {
      if (!(error instanceof LiverankError) || error.code !== 'LAYOUT_MISMATCH') throw error
      const problem = `After Redis lost its data, another process set up the store with other settings. ${(error as Error).message}`
      if (this.#problem !== problem) onError(problem)
      this.#problem = problem
      return
    }
    this.#problem = undefined
    onError(
      'The store is set up again, under a new id. The lost data is gone: upload items, users and rules again, or restore a backup and restart.',
    )
    for (const listener of this.#listeners) listener()
  }

  /** @throws LiverankError LAYOUT_MISMATCH when a column of this process has another place in the store */
  #columnsOn(recorded: SlotNames | undefined): SlotNames {
    const { columns, grow } = this.#options
    if (recorded === undefined) return columns
    const grown = grow(recorded)
    const fits = (kind: keyof SlotNames) => columns[kind].every((name, column) => grown[kind][column] === name)
    if (!fits('item') || !fits('attribute')) {
      throw new LiverankError(
        'LAYOUT_MISMATCH',
        'The columns of the store differ from those of this process: restart this process.',
      )
    }
    return grown
  }
}

function describe({ meta, partitions, shards }: StoreIds, known: string): string {
  if (meta === '') return 'Redis lost the data of this store: it is empty, or was flushed.'
  if (meta !== known)
    return 'Redis holds a different store than before: it lost its data, and another process set up a new store.'
  const lost = (ids: readonly string[]) => ids.flatMap((id, i) => (id === known ? [] : [i])).join(', ') || 'none'
  return `Redis lost a part of this store: partitions ${lost(partitions)}; shards ${lost(shards.map(idIn))}.`
}
