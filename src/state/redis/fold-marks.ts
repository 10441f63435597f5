import { BEGINNING, compareLogIds } from '../log/id.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { STORE_FIELD } from './layout.ts'

export interface FoldMarksOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  readonly warn: (message: string) => void
}

/**
 * The position up to which each log is folded into each shard: the id of the last folded log entry, by shard and partition. The
 * positions are those that this process has read, and may be behind the store.
 */
export class FoldMarks {
  readonly #options: FoldMarksOptions
  #ids: string[][]
  /** By shard, its copy of the store's id, read with the marks. */
  #copies: string[]
  #isKnown = false

  constructor(options: FoldMarksOptions) {
    this.#options = options
    const { partitions, shards } = options.keys.partitioning
    this.#ids = Array.from({ length: shards }, () => new Array<string>(partitions).fill(BEGINNING))
    this.#copies = new Array<string>(shards).fill('')
  }

  /** Makes the next fold read the marks again, because the content of the store may have changed. */
  forget(): void {
    this.#isKnown = false
  }

  /** Reads from the store, for each partition, the id up to which every shard has folded its log. */
  async readLowest(): Promise<string[]> {
    const { ids } = await this.#read()
    return ids[0].map((_, partition) => lowestOf(ids, partition))
  }

  /** Learns the marks, unless they are known. */
  async know(): Promise<void> {
    if (!this.#isKnown) await this.learn()
  }

  /** Learns the marks, and sees to it that no log will give an id before them. */
  async learn(): Promise<void> {
    const { connection, keys, warn } = this.#options
    // Before reading, since what is read may be forgotten meanwhile.
    this.#isKnown = true
    try {
      const { ids, copies } = await this.#read()
      this.#ids = ids
      this.#copies = copies
      await Promise.all(
        ids[0].map(async (_, partition) => {
          const furthest = ids.map((ofShard) => ofShard[partition]).reduce((a, b) => (compareLogIds(a, b) > 0 ? a : b))
          if (furthest === BEGINNING) return
          if ((await connection.commands.liverankLift(keys.log(partition), furthest)) === 0) return
          warn(
            `fold: the log of partition ${partition} has lost its end, and some of the lost entries are already in the sums. New entries get later ids.`,
          )
        }),
      )
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** Returns the mark of a shard in a partition. */
  of(shard: number, partition: number): string {
    return this.#ids[shard][partition]
  }

  /** Returns the lowest mark of a partition. */
  lowest(partition: number): string {
    return lowestOf(this.#ids, partition)
  }

  /** Returns whether the marks of all shards in a partition are before this id. */
  areBefore(id: string, partition: number): boolean {
    return this.#ids.every((ofShard) => compareLogIds(ofShard[partition], id) < 0)
  }

  /** Returns the copy of the store's id that was read with the marks of a shard. */
  copyIn(shard: number): string {
    return this.#copies[shard]
  }

  /** Notes where a mark stands now. */
  set(shard: number, partition: number, id: string): void {
    this.#ids[shard][partition] = id
  }

  async #read(): Promise<{ ids: string[][]; copies: string[] }> {
    const { connection, keys } = this.#options
    const held = await Promise.all(this.#ids.map((_, shard) => connection.commands.hgetall(keys.marks(shard))))
    return {
      ids: held.map((ofShard, shard) => this.#ids[shard].map((_, partition) => ofShard[partition] ?? BEGINNING)),
      copies: held.map((ofShard) => ofShard[STORE_FIELD] ?? ''),
    }
  }
}

function lowestOf(ids: readonly (readonly string[])[], partition: number): string {
  return ids.map((ofShard) => ofShard[partition]).reduce((a, b) => (compareLogIds(a, b) <= 0 ? a : b))
}
