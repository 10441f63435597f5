import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import type { Partitioning } from '../partition.ts'
import type { SlotNames } from '../slots.ts'
import { refuseEarlierFormat } from '../user-value-codec.ts'
import type { RedisConnection } from './connection.ts'
import { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'

/** Field of the store's id, in the hash of a partition and in the marks of a shard. */
export const STORE_FIELD = 'store'
const PARTITIONING_FIELD = 'partitioning'

/** What a field of a hash may be. Anything else must not be met half-way through the commands that write ids. */
const field = z.string().nullable()
const partitioning = z.object({ partitions: z.number(), shards: z.number() })

/**
 * Copies of the store's id; empty if one is missing. The id in `meta` names the store. Each partition and each shard has a copy,
 * because they may be on other servers, which can lose their data independently. That of a shard is the id and a mark of its own,
 * `id/mark`: a shard that lost its data has another mark, even if its id is written again by a command that was late.
 */
export interface StoreIds {
  readonly meta: string
  readonly partitions: readonly string[]
  readonly shards: readonly string[]
}

/**
 * Reads the layout of a store, or creates a new one. The numbers of partitions and shards never change; columns are only added. A
 * store with a part that lost its data gets a new id, so that every process notices.
 * @param grow returns the wanted columns for the recorded ones: the same, with new ones at the end
 * @param newId makes an id that no store has had
 * @returns id of the store
 * @throws LiverankError LAYOUT_MISMATCH if the store has another partitioning
 */
export async function openLayout(
  connection: RedisConnection,
  keys: RedisKeys,
  grow: (recorded: SlotNames | undefined) => SlotNames,
  newId: () => string,
): Promise<string> {
  const { commands } = connection
  const wanted = JSON.stringify(keys.partitioning)
  const held = await answered(commands.liverankSetIf(keys.meta, PARTITIONING_FIELD, wanted, ''))
  if (held !== wanted) {
    const { partitions, shards } = partitioning.parse(JSON.parse(held))
    throw new LiverankError(
      'LAYOUT_MISMATCH',
      `This store has ${partitions} partitions and ${shards} shards, which are fixed: set PARTITIONS=${partitions} and SHARDS=${shards}, or use another store.`,
    )
  }
  for (;;) {
    const recorded = (await answered(commands.hget(keys.meta, 'columns'))) ?? ''
    const names = JSON.stringify(grow(recorded === '' ? undefined : (JSON.parse(recorded) as SlotNames)))
    if (names === recorded) break
    if ((await answered(commands.liverankSetIf(keys.meta, 'columns', names, recorded))) === names) break
  }
  return answered(nameStore(connection, keys, newId))
}

/** Returns the recorded partitioning of the store with this prefix, whatever the settings say; undefined if there is none. */
export async function recordedPartitioning({ commands }: RedisConnection, prefix: string): Promise<Partitioning | undefined> {
  const { meta } = new RedisKeys({ partitions: 1, shards: 1 }, prefix)
  const held = await answered(commands.hget(meta, PARTITIONING_FIELD))
  return held === null ? undefined : partitioning.parse(JSON.parse(held))
}

/**
 * Refuses a store of an earlier version, by the state of one user of each partition.
 * @throws LiverankError LAYOUT_MISMATCH
 */
export async function refuseEarlierStore({ commands }: RedisConnection, keys: RedisKeys): Promise<void> {
  const partitions = Array.from({ length: keys.partitioning.partitions }, (_, partition) => partition)
  await Promise.all(
    partitions.map(async (partition) => {
      const [id] = await answered(commands.zrange(keys.sample(partition), 0, 0))
      const value = id === undefined ? null : await answered(commands.getBuffer(keys.value({ kind: 'user', id })))
      if (value) refuseEarlierFormat(value, `Partition ${partition} of the store`)
    }),
  )
}

/** Returns the latest time that a process of the store has noted, in ms since 1970; undefined if none has. */
export async function readLastTime({ commands }: RedisConnection, keys: RedisKeys): Promise<number | undefined> {
  return Number(await answered(commands.get(keys.lastTime))) || undefined
}

/** Reads all copies of the store's id. */
export async function readStoreIds({ commands }: RedisConnection, keys: RedisKeys): Promise<StoreIds> {
  const { partitions, shards } = keys.partitioning
  // First, so that whoever names the store anew meanwhile makes the copies differ from it.
  const meta = field.parse(await commands.hget(keys.meta, 'id')) ?? ''
  const copies = (count: number, read: (i: number) => Promise<string | null>) =>
    Promise.all(Array.from({ length: count }, async (_, i) => field.parse(await read(i)) ?? ''))
  const [ofPartitions, ofShards] = await Promise.all([
    copies(partitions, (partition) => commands.hget(keys.store(partition), STORE_FIELD)),
    copies(shards, (shard) => commands.hget(keys.marks(shard), STORE_FIELD)),
  ])
  return { meta, partitions: ofPartitions, shards: ofShards }
}

/** Returns the id of the store that a copy of a shard names. */
export function idIn(copy: string): string {
  return copy.split('/', 1)[0]
}

/** Returns whether all copies name the id of the store. */
export function isWhole({ meta, partitions, shards }: StoreIds): boolean {
  return meta !== '' && partitions.every((id) => id === meta) && shards.every((copy) => idIn(copy) === meta)
}

/**
 * Gives the store an id where it has none, or where a copy is missing. The processes that do so at once agree on a draft, copy it, and
 * only then make it the id: so a missing copy always means lost data, never a layout that is under way.
 */
async function nameStore(connection: RedisConnection, keys: RedisKeys, newId: () => string): Promise<string> {
  const { commands } = connection
  for (;;) {
    const ids = await readStoreIds(connection, keys)
    if (isWhole(ids)) return ids.meta
    const draft = await commands.liverankSetIf(keys.meta, 'draft', newId(), ids.meta)
    await Promise.all([
      ...ids.partitions.map((held, partition) => commands.liverankSetIf(keys.store(partition), STORE_FIELD, draft, held)),
      ...ids.shards.map(
        (held, shard) =>
          idIn(held) === draft || commands.liverankSetIf(keys.marks(shard), STORE_FIELD, `${draft}/${newId()}`, held),
      ),
    ])
    await commands.liverankSetIf(keys.meta, 'id', draft, ids.meta)
  }
}
