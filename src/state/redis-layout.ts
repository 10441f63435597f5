import { LiverankError } from '../errors.ts'
import { answered } from './answered.ts'
import type { Partitioning } from './partition.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisKeys } from './redis-keys.ts'
import type { SlotNames } from './slots.ts'

/**
 * Reads how a store is laid out, or lays out a new one: the number of partitions and shards never changes, names of columns are
 * only ever added.
 * @param grow given the columns on record, the columns wanted: the same with more behind
 * @returns the columns on record, from which `grow` makes the layout
 * @throws LiverankError LAYOUT_MISMATCH when the store was made with another partitioning
 */
export async function openLayout(
  connection: RedisConnection,
  keys: RedisKeys,
  grow: (recorded: SlotNames | undefined) => SlotNames,
): Promise<void> {
  const { commands } = connection
  const wanted = JSON.stringify(keys.partitioning)
  const held = await answered(commands.liverankSetIf(keys.meta, 'partitioning', wanted, ''))
  if (held !== wanted) {
    const { partitions, shards } = JSON.parse(held) as Partitioning
    throw new LiverankError(
      'LAYOUT_MISMATCH',
      `This store was made with ${partitions} partitions and ${shards} shards, and keeps them: set PARTITIONS=${partitions} and SHARDS=${shards}, or use another store.`,
    )
  }
  for (;;) {
    const recorded = (await answered(commands.hget(keys.meta, 'columns'))) ?? ''
    const names = JSON.stringify(grow(recorded === '' ? undefined : (JSON.parse(recorded) as SlotNames)))
    if (names === recorded) return
    if ((await answered(commands.liverankSetIf(keys.meta, 'columns', names, recorded))) === names) return
  }
}
