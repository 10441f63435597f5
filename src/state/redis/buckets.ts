import type { Grant, SharedBuckets } from '../opened-store.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'

/** Shared buckets, one key each, which expires when the bucket is full. */
export class RedisBuckets implements SharedBuckets {
  readonly #commands: RedisConnection['commands']
  readonly #keys: RedisKeys

  constructor({ commands }: RedisConnection, keys: RedisKeys) {
    this.#commands = commands
    this.#keys = keys
  }

  async take(name: string, wanted: number, least: number, size: number): Promise<Grant> {
    const amounts = [wanted, least, size].map(Math.ceil) as [number, number, number]
    const [granted, waitMs] = await answered(this.#commands.liverankTake(this.#keys.bucket(name), ...amounts))
    return { granted, waitMs }
  }
}
