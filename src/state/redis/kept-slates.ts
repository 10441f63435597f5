import { LRUCache } from 'lru-cache'
import { DEFAULT_SLATE_LIVES, type SlateLives } from '../expiry.ts'
import type { SlateEntry } from '../log-entry.ts'
import { encodeSlate } from '../slate-codec.ts'
import type { KeptSlate, NamedSlate } from '../store.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'

/** Slates of which this process remembers that they were named: most events name a slate that another one named before. */
const REMEMBERED = 20_000

/** Stores served slates in Redis for a limited time, and finds them when an event names them. */
export class RedisKeptSlates {
  readonly #commands: RedisCommands
  readonly #keys: RedisKeys
  readonly #lives: SlateLives
  readonly #named = new LRUCache<string, true>({ max: REMEMBERED })

  /** @param lives DEFAULT_SLATE_LIVES if absent */
  constructor(commands: RedisCommands, keys: RedisKeys, lives: SlateLives = DEFAULT_SLATE_LIVES) {
    this.#commands = commands
    this.#keys = keys
    this.#lives = lives
  }

  /**
   * Keeps a slate, and logs it.
   * @param life of the user's id when the slate was asked for; undefined for any
   * @param storeId id of the store that this process opened
   * @returns why nothing was kept: the user is erased, or the server holds another store or lost its data
   */
  async put(kept: KeptSlate, life: string | undefined, storeId: string): Promise<'kept' | 'erased' | 'lost'> {
    const { recommendationId, slate, userId, at } = kept
    const { decision, ...rest } = kept
    const entry: SlateEntry = rest
    const logged = decision && 'marks' in decision.position ? { ...entry, decision } : entry
    const partition = this.#keys.partitionOfSlate(recommendationId)
    const reply = await answered(
      this.#commands.liverankPutSlate(
        this.#keys.slate(recommendationId),
        this.#keys.log(partition),
        this.#keys.slatesOf(userId, partition),
        this.#keys.store(partition),
        this.#keys.erasing(userId, partition),
        this.#keys.life(userId, partition),
        encodeSlate(recommendationId, slate, at),
        this.#lives.unnamed,
        JSON.stringify(logged),
        recommendationId,
        at / 1000,
        storeId,
        (at + this.#lives.unnamed) / 1000,
        life ?? '',
        life === undefined ? 0 : 1,
      ),
    )
    if (reply === 2) return 'erased'
    return reply === 0 ? 'lost' : 'kept'
  }

  async get(recommendationId: string): Promise<Uint8Array | undefined> {
    return (await answered(this.#commands.getBuffer(this.#keys.slate(recommendationId)))) ?? undefined
  }

  /**
   * Keeps slates longer, because events named them. Called in the turn in which the events are sent, it travels with them. Never
   * rejects: if Redis does not answer, the slates expire earlier.
   */
  async name(slates: readonly NamedSlate[]): Promise<void> {
    const { named, unnamed } = this.#lives
    const unknown = slates.filter(({ recommendationId }) => !this.#named.has(recommendationId))
    const keys = this.#keys
    await Promise.all(
      unknown.map(async ({ recommendationId: id, userId, at }) => {
        const ofUser = keys.slatesOf(userId, keys.partitionOfSlate(id))
        try {
          await this.#commands.liverankNameSlate(keys.slate(id), ofUser, id, (at + named) / 1000, named - unnamed)
          this.#named.set(id, true)
        } catch {
          // The event that named it fails too, or the next one names it again.
        }
      }),
    )
  }

  /** Forgets which slates were named, because the store may be another, or an older state. */
  forget(): void {
    this.#named.clear()
  }
}
