import { crc32 } from 'node:zlib'

/** Partitioning of state. It is fixed at the first use of a store, because a moved key would be lost. */
export interface Partitioning {
  /** Number of logs. Each is stored with the values of its users, items and lists. */
  partitions: number
  /** Number of groups of shared sums. */
  shards: number
}

/** Returns the partition of a user, item or list: 0 to `partitions` - 1. */
export function partitionOf(id: string, partitions: number): number {
  return crc32(id) % partitions
}

/** Returns the shard of the shared sums of an entity: 0 to `shards` - 1. */
export function shardOf(entity: string, shards: number): number {
  return crc32(entity) % shards
}

/** Number of lives that the ids of a partition share. */
export const LIVES = 1024

/**
 * Returns the number of the life that a user id shares with about a thousandth of all ids, 0 to LIVES - 1. So a store can tell that an
 * id was erased since a slate was asked for, and keeps nothing that names an erased id.
 */
export function lifeNumber(userId: string): number {
  // The lower bits choose the partition.
  return Math.floor(crc32(userId) / (2 ** 32 / LIVES))
}
