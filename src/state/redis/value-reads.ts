import { JoinedReads } from './joined-reads.ts'
import type { RedisCommands } from './scripts.ts'

/** Values by key, from joined reads. A caller must not change the bytes: another one may have the same. */
export type ValueReads = JoinedReads<string, Uint8Array | null>

/** Makes joined reads of values. In a cluster, it joins only reads of keys with the same hash tag. */
export function valueReads(commands: RedisCommands): ValueReads {
  return new JoinedReads<string, Uint8Array | null>({
    idOf: (key) => key,
    // A single server has one slot. In a cluster, the hash tag decides.
    slotOf: (key) => (commands.isCluster ? key.slice(key.indexOf('{'), key.indexOf('}')) : ''),
    send: (keys) => commands.mgetBuffer([...keys]),
  })
}
