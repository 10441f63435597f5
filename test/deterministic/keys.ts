import { RedisKeys } from '../../src/state/redis/keys.ts'

/** How all simulated stores are laid out: few partitions and shards, so that much meets in each. */
export const KEYS = new RedisKeys({ partitions: 2, shards: 2 }, 'sim')

/** The logs of all partitions. */
export function logs(): string[] {
  return Array.from({ length: KEYS.partitioning.partitions }, (_, partition) => KEYS.log(partition))
}
