import { JoinedReads } from './joined-reads.ts'
import type { RedisCommands } from './scripts.ts'

/** Values by key, from joined reads. A caller must not change the bytes: another one may have the same. */
export type ValueReads = JoinedReads<string, Uint8Array | null>

export function valueReads(commands: RedisCommands): ValueReads {
  return new JoinedReads<string, Uint8Array | null>({
    idOf: (key) => key,
    slotOf: (key) => slotOf(commands, key),
    send: (keys) => commands.mgetBuffer([...keys]),
  })
}

/** Returns the hash tag of a key in a cluster, where it decides about the slot. A single server has one slot. */
export function slotOf({ isCluster }: Pick<RedisCommands, 'isCluster'>, key: string): string {
  return isCluster ? key.slice(key.indexOf('{'), key.indexOf('}')) : ''
}
