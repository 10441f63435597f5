import { crc32 } from 'node:zlib'

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
