import { poisonedIncrements } from '../parse-log-entry.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/** Number of the latest poisoned entries that are kept of each partition, and the characters that are kept of each entry. */
const KEPT = 1000
const KEPT_LENGTH = 2 ** 14

export interface PoisonedEntriesOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  readonly warn: (message: string) => void
}

/** Entry of the log of a partition, by its stream id. */
export interface LogPlace {
  readonly partition: number
  readonly id: string
}

/** Sets aside what a fold omits from an entry, and warns of it. Does so once for each entry. @param poisoned the omitted increments */
export async function setAside(
  { connection, keys, warn }: PoisonedEntriesOptions,
  { partition, id }: LogPlace,
  poisoned: readonly unknown[],
): Promise<void> {
  const aside = keys.poisoned(partition)
  const what = poisonedIncrements(poisoned)
  const increments = String(JSON.stringify(poisoned)).slice(0, KEPT_LENGTH)
  const reply = await connection.commands.liverankSetAside(aside, id, KEPT, what, increments)
  if (reply === 'known') return
  const where = reply === 'added' ? `set aside in ${aside}` : `not set aside, since Redis answered: ${reply}`
  warn(`fold: ${keys.log(partition)} ${id}: ${what}. Omitted from the sums, and ${where}; the fold continues.`)
}

/** Counts the entries that were ever set aside, over all partitions. */
export async function countPoisoned({ connection, keys }: Omit<PoisonedEntriesOptions, 'warn'>): Promise<number> {
  const partitions = Array.from({ length: keys.partitioning.partitions }, (_, partition) => keys.poisoned(partition))
  const counts = await Promise.all(partitions.map((key) => connection.commands.liverankCountAside(key)))
  return counts.reduce((sum, count) => sum + count, 0)
}
