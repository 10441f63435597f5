import { crc32 } from 'node:zlib'

/** How state is spread. Fixed when a store is first used: moving a key would lose it. */
export interface Partitioning {
  /** Logs, each with the values of its users, items and lists. */
  partitions: number
  /** Groups of shared sums. */
  shards: number
}

export const DEFAULT_PARTITIONING: Partitioning = { partitions: 16, shards: 8 }

export function partitionOf(id: string, partitions: number): number {
  return crc32(id) % partitions
}

export function shardOf(entity: string, shards: number): number {
  return crc32(entity) % shards
}
