import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'

/**
 * Reads many values: one command for each group, all on their way at once.
 * @param groups partition or shard of each value; all keys of a group share a slot
 * @param key returns the key of a value by position
 * @param found receives each value that exists, with its position
 */
export function readByGroup(
  commands: RedisCommands,
  groups: readonly number[],
  key: (i: number) => string,
  found: (i: number, bytes: Buffer) => void,
): Promise<void> {
  return forEachGroup(groups, async (positions) => {
    const values = await commands.mgetBuffer(positions.map(key))
    values.forEach((value, at) => {
      if (value) found(positions[at], value)
    })
  })
}

/**
 * Sends one command for each group, all at once.
 * @param send receives the positions of a group
 */
export async function forEachGroup(
  groups: readonly number[],
  send: (positions: readonly number[]) => Promise<void>,
): Promise<void> {
  const byGroup = new Map<number, number[]>()
  groups.forEach((group, i) => {
    const held = byGroup.get(group)
    if (held) held.push(i)
    else byGroup.set(group, [i])
  })
  await answered(Promise.all([...byGroup.values()].map(send)))
}
