import type { Signals } from '../../src/live/signals.ts'
import { channelOfKind, type FollowedKind } from '../../src/state/subject.ts'
import { KEYS } from './keys.ts'
import type { Ends } from './simulated-connection.ts'

/** ms that a subscriber needs at least to connect again. */
const RECONNECT_MS = 50

/**
 * Signals of the simulated Redis to one process, in order. A cut loses those on their way and all until the process is connected again:
 * then it is told to read everything again.
 */
export class SimulatedSignals implements Signals {
  readonly #ends: Ends
  readonly #resync = new Set<() => void>()
  /** Rises with each cut. */
  #link = 0
  #isHeard = true
  #lastArrival = 0

  constructor(ends: Ends) {
    this.#ends = ends
  }

  async follow(kind: FollowedKind, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    const { process, redis, world, weather } = this.#ends
    const channel = KEYS.channel(channelOfKind(kind))
    const hear = (published: string, signal: string) => {
      if (published !== channel || !this.#isHeard || !process.isAlive) return
      const link = this.#link
      const delay = world.chance.happens(0.1) ? world.chance.number() * 1000 : weather.latency * (0.5 + world.chance.number())
      this.#lastArrival = Math.max(this.#lastArrival, world.now + delay)
      world.at(this.#lastArrival, () =>
        process.deliver(() => {
          if (link === this.#link) onSignal(Buffer.from(signal, 'latin1').toString('utf8'))
        }),
      )
    }
    redis.subscribers.add(hear)
    return async () => void redis.subscribers.delete(hear)
  }

  async followUser(): Promise<never> {
    throw new Error('Nobody follows a user in a simulation.')
  }

  onResync(callback: () => void): () => void {
    this.#resync.add(callback)
    return () => this.#resync.delete(callback)
  }

  /** Makes all followers read everything again. */
  resync(): void {
    for (const callback of this.#resync) callback()
  }

  cut(): void {
    const { process, world } = this.#ends
    const link = ++this.#link
    this.#isHeard = false
    process.after(RECONNECT_MS + world.chance.number() * 500, () => {
      if (link !== this.#link) return
      this.#isHeard = true
      this.resync()
    })
  }

  async close(): Promise<void> {}
}
