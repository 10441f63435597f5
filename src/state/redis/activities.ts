import type { SharedActivities } from '../shared-activities.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'

/** After how long without a word from anyone all is forgotten, in ms. */
const SILENCE_MS = 60_000

/** Published figures of processes, in one hash. The hash expires after the last process has stopped. */
export class RedisActivities implements SharedActivities {
  readonly #commands: RedisConnection['commands']
  readonly #key: string

  constructor({ commands }: RedisConnection, keys: RedisKeys) {
    this.#commands = commands
    this.#key = keys.activities
  }

  async say(processId: string, text: string): Promise<void> {
    await answered(this.#commands.hset(this.#key, processId, text))
    await answered(this.#commands.pexpire(this.#key, SILENCE_MS))
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await answered(this.#commands.hgetall(this.#key))))
  }

  async forget(processIds: readonly string[]): Promise<void> {
    if (processIds.length > 0) await answered(this.#commands.hdel(this.#key, ...processIds))
  }
}
