import { hash } from 'node:crypto'
import { type Partitioning, partitionOf, shardOf } from '../partition.ts'
import type { Subject } from '../subject.ts'

/**
 * Names of the keys. What is written in one script shares a hash tag: `{p3}` for all that belongs to the users, items and
 * lists of partition 3 with their log, `{s2}` for the shared sums of shard 2.
 */
export class RedisKeys {
  readonly partitioning: Partitioning
  readonly #prefix: string

  constructor(partitioning: Partitioning, prefix: string) {
    this.partitioning = partitioning
    this.#prefix = prefix
  }

  /** Id, partitioning and columns of the store: a hash. */
  get meta(): string {
    return `${this.#prefix}:meta`
  }

  /** Who folds now. */
  get lease(): string {
    return `${this.#prefix}:folder`
  }

  /** Whose turn it is to trim the logs. */
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

  /** Identities of a subject's recorded events: a sorted set. It outlives an erasure, and so names the subject by a hash. */
  identities({ kind, id }: Subject): string {
    return `${this.#ofPartition(this.partition(id))}:ids:${kind}:${hashOf(id)}`
  }

  /** Exists while somebody follows the user, erased or not. */
  presence(userId: string): string {
    return `${this.#ofPartition(this.partition(userId))}:live:${hashOf(userId)}`
  }

  /** Latest events of a user: a list, the last recorded first. */
  events(userId: string): string {
    return `${this.#ofPartition(this.partition(userId))}:events:${userId}`
  }

  /** Ids of the slates of a partition, which is the user's own unless an id says another, that they were served within a day: a sorted set by time. */
  slatesOf(userId: string, partition = this.partition(userId)): string {
    return `${this.#ofPartition(partition)}:slates:${userId}`
  }

  /** Users of a partition with the lowest hashes: a sorted set. */
  sample(partition: number): string {
    return `${this.#ofPartition(partition)}:sample`
  }

  log(partition: number): string {
    return `${this.#ofPartition(partition)}:log`
  }

  /** A log while it is copied. */
  logCopy(partition: number, name: string): string {
    return `${this.#ofPartition(partition)}:copy:${name}`
  }

  /** Says to the erasure of this name that all it erases of the log is folded. */
  foldedFor(partition: number, erasure: string): string {
    return `${this.#ofPartition(partition)}:folded:${erasure}`
  }

  /** Written behind an erasure, so that a replica that has it has the erasure too. */
  confirmation(partition: number): string {
    return `${this.#ofPartition(partition)}:erased`
  }

  /** The stretch of a log that is being archived. */
  claim(partition: number): string {
    return `${this.#ofPartition(partition)}:archiving`
  }

  /** How far a log may be folded: what stands here, a replica has with all before it. Beside the log, so that they share a fate. */
  foldMark(partition: number): string {
    return `${this.#ofPartition(partition)}:mark`
  }

  /** What the fold left out of a partition's log: a stream, whose ids are those of the entries. */
  poisoned(partition: number): string {
    return `${this.#ofPartition(partition)}:poisoned`
  }

  /** Id of the store, as the partition holds it, which goes when the server of the partition loses its data: a hash. */
  store(partition: number): string {
    return `${this.#ofPartition(partition)}:store`
  }

  /** Ids of the items, lists or standing rules of a partition: a set. */
  index(partition: number, kind: Subject['kind']): string {
    return `${this.#ofPartition(partition)}:index:${kind}`
  }

  slate(recommendationId: string): string {
    return `${this.#ofPartition(this.partitionOfSlate(recommendationId))}:slate:${recommendationId}`
  }

  /** The id of a slate begins with its partition, in two hex digits. */
  partitionOfSlate(recommendationId: string): number {
    return Number.parseInt(recommendationId.slice(0, 2), 16) % this.partitioning.partitions || 0
  }

  row(entity: string): string {
    return `${this.#ofShard(this.shard(entity))}:row:${entity}`
  }

  set(entity: string, name: string): string {
    return `${this.#ofShard(this.shard(entity))}:${name}:${entity}`
  }

  /** How far each partition's log is folded into the shard, and the id of the store: a hash. */
  marks(shard: number): string {
    return `${this.#ofShard(shard)}:marks`
  }

  userChannel(userId: string): string {
    return `${this.#prefix}:user:${userId}`
  }

  /** What processes say of themselves: a hash. */
  get activities(): string {
    return `${this.#prefix}:activities`
  }

  get itemsChannel(): string {
    return `${this.#prefix}:items`
  }

  get rulesChannel(): string {
    return `${this.#prefix}:rules`
  }

  get modelsChannel(): string {
    return `${this.#prefix}:models`
  }

  /** Where changes of the subject are told. */
  channelOf({ kind, id }: Subject): string {
    if (kind === 'user') return this.userChannel(id)
    if (kind === 'models') return this.modelsChannel
    return kind === 'rules' ? this.rulesChannel : this.itemsChannel
  }

  #ofPartition(partition: number): string {
    return `${this.#prefix}:{p${partition}}`
  }

  /** What is written to a shard's server to ask whether a replica has all that was written there before. */
  replication(shard: number): string {
    return `${this.#ofShard(shard)}:replication`
  }

  #ofShard(shard: number): string {
    return `${this.#prefix}:{s${shard}}`
  }
}

/** 128 bits of a hash: who knows an id finds its key, and a key tells no id. */
function hashOf(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, 22)
}
