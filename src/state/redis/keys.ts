import { LRUCache } from 'lru-cache'
import { idHash } from '../id-digits.ts'
import { lifeNumber, type Partitioning, partitionOf, shardOf } from '../partition.ts'
import type { Subject } from '../subject.ts'

/** About 150 bytes each. */
const REMEMBERED_ROWS = 10_000

/**
 * Names of the Redis keys. Keys that one script writes share a hash tag: `{p3}` for the log of partition 3 and all its users, items
 * and lists, `{s2}` for the shared sums of shard 2.
 */
export class RedisKeys {
  readonly partitioning: Partitioning
  readonly #prefix: string
  /** Keys of rows by entity: a slate reads some hundred rows, mostly of the same items and attribute values. */
  readonly #rows = new LRUCache<string, string>({ max: REMEMBERED_ROWS })

  /** @param prefix what all keys begin with: the setting REDIS_PREFIX */
  constructor(partitioning: Partitioning, prefix: string) {
    this.partitioning = partitioning
    this.#prefix = prefix
  }

  /** Hash: id, partitioning and columns of the store. */
  get meta(): string {
    return `${this.#prefix}:meta`
  }

  /** Latest time that a process of the store has seen, in ms since 1970. */
  get lastTime(): string {
    return `${this.#prefix}:last-time`
  }

  /** Lease of the worker that folds now. */
  get lease(): string {
    return `${this.#prefix}:folder`
  }

  /** Lease of the process that trims the logs. */
  get trimmer(): string {
    return `${this.#prefix}:trimmer`
  }

  partition(id: string): number {
    return partitionOf(id, this.partitioning.partitions)
  }

  shard(entity: string): number {
    return shardOf(entity, this.partitioning.shards)
  }

  value({ kind, id }: Subject): string {
    return `${this.#ofPartition(this.partition(id))}:${kind}:${id}`
  }

  /**
   * Sorted set: identities of a subject's recorded events. It outlives an erasure, so the key contains a hash of the subject
   * instead of its id.
   */
  identities({ kind, id }: Subject): string {
    return `${this.#ofPartition(this.partition(id))}:ids:${kind}:${idHash(id)}`
  }

  /** Exists while a stream follows the user, erased or not. */
  presence(userId: string): string {
    return `${this.#ofPartition(this.partition(userId))}:live:${idHash(userId)}`
  }

  /** List: kept events of a user, last recorded first. */
  events(userId: string): string {
    return `${this.#ofPartition(this.partition(userId))}:events:${userId}`
  }

  /**
   * Sorted set by time of expiry, in s since 1970: ids of the kept slates of a user, whose keys lie in `partition`. Usually that is
   * the user's own partition. Earlier versions noted the time of serving, in ms, so that their slates stay in it.
   */
  slatesOf(userId: string, partition = this.partition(userId)): string {
    return `${this.#ofPartition(partition)}:slates:${userId}`
  }

  /** Sorted set: the users of a partition with the lowest hashes, for the sample. */
  sample(partition: number): string {
    return `${this.#ofPartition(partition)}:sample`
  }

  log(partition: number): string {
    return `${this.#ofPartition(partition)}:log`
  }

  /** Copy of a log while it is made. */
  logCopy(partition: number, name: string): string {
    return `${this.#ofPartition(partition)}:copy:${name}`
  }

  /**
   * Returns the key of the progress of the erasure with this name in a partition: 0 when the log is folded, then one more for
   * each step.
   */
  erasureProgress(partition: number, erasure: string): string {
    return `${this.#ofPartition(partition)}:erasure:${erasure}`
  }

  /** Written after an erasure: a replica that has it has the erasure too. */
  confirmation(partition: number): string {
    return `${this.#ofPartition(partition)}:erased`
  }

  /** Sorted set: names of the erasures of a user that are under way. Slates of the user are not kept meanwhile. */
  erasing(userId: string, partition = this.partition(userId)): string {
    return `${this.#ofPartition(partition)}:erasing:${userId}`
  }

  /** Life of a user id and of all that share it: see `lifeNumber`. */
  life(userId: string, partition = this.partition(userId)): string {
    return `${this.#ofPartition(partition)}:life:${lifeNumber(userId)}`
  }

  /** Range of a log that is being archived. */
  claim(partition: number): string {
    return `${this.#ofPartition(partition)}:archiving`
  }

  /** Id of the last entry of a log that was archived and trimmed. */
  archived(partition: number): string {
    return `${this.#ofPartition(partition)}:archived`
  }

  /**
   * Fold mark: the id up to which a log may be folded. A replica that has it also has the log up to there. It lies beside the log,
   * so that both survive or are lost together.
   */
  foldMark(partition: number): string {
    return `${this.#ofPartition(partition)}:mark`
  }

  /** Stream: parts of a partition's log that the fold left out. Its ids are those of the log entries. */
  poisoned(partition: number): string {
    return `${this.#ofPartition(partition)}:poisoned`
  }

  /** Hash: the partition's copy of the store's id. It is lost if the server of the partition loses its data. */
  store(partition: number): string {
    return `${this.#ofPartition(partition)}:store`
  }

  /** Set: ids of the items, lists or standing rules of a partition. */
  index(partition: number, kind: Subject['kind']): string {
    return `${this.#ofPartition(partition)}:index:${kind}`
  }

  slate(recommendationId: string): string {
    return `${this.#ofPartition(this.partitionOfSlate(recommendationId))}:slate:${recommendationId}`
  }

  /** Returns the partition of a slate. The slate id begins with it, as two hex digits. */
  partitionOfSlate(recommendationId: string): number {
    return Number.parseInt(recommendationId.slice(0, 2), 16) % this.partitioning.partitions || 0
  }

  row(entity: string): string {
    let key = this.#rows.get(entity)
    if (key === undefined) {
      key = `${this.#ofShard(this.shard(entity))}:row:${entity}`
      this.#rows.set(entity, key)
    }
    return key
  }

  set(entity: string, name: string): string {
    return `${this.#ofShard(this.shard(entity))}:${name}:${entity}`
  }

  /** Hash: the id up to which each partition's log is folded into the shard, and the id of the store. */
  marks(shard: number): string {
    return `${this.#ofShard(shard)}:marks`
  }

  /** @param name of a channel of signals: see `channelOf` */
  channel(name: string): string {
    return `${this.#prefix}:${name}`
  }

  /** Hash: figures that processes publish about themselves. */
  get activities(): string {
    return `${this.#prefix}:activities`
  }

  /** Time at which a token bucket is full. The key tells nothing about the user or address that the bucket is named after. */
  bucket(name: string): string {
    return `${this.#prefix}:bucket:${idHash(name)}`
  }

  #ofPartition(partition: number): string {
    return `${this.#prefix}:{p${partition}}`
  }

  /** Key written on a shard's server to ask whether a replica has all earlier writes. */
  replication(shard: number): string {
    return `${this.#ofShard(shard)}:replication`
  }

  #ofShard(shard: number): string {
    return `${this.#prefix}:{s${shard}}`
  }
}
