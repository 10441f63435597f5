import type { Redis } from 'ioredis'
import { answered } from '../state/redis/redis-errors.ts'

/**
 * Channels of Redis, by one connection for all listeners of this process. Subscribes at the first listener of a channel, unsubscribes
 * after the last one, and subscribes again when the connection was made anew.
 */
export class RedisChannels {
  readonly #subscriber: Redis
  readonly #listeners = new Map<string, Set<(message: string) => void>>()

  constructor(subscriber: Redis) {
    this.#subscriber = subscriber
    subscriber.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message)
    })
  }

  /**
   * Calls `listener` with each message. Resolves when messages arrive.
   * @returns function that ends this
   * @throws UnavailableError if Redis refuses it
   */
  async listen(channel: string, listener: (message: string) => void): Promise<() => void> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners)
    // Of its own, so that one function may listen twice.
    const own = (message: string) => listener(message)
    listeners.add(own)
    const stop = () => {
      listeners.delete(own)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      // On a broken connection it fails, and has no meaning.
      this.#subscriber.unsubscribe(channel).catch(() => {})
    }
    try {
      // Also where others listen already: they may still wait for the answer.
      await answered(this.#subscriber.subscribe(channel))
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  /**
   * Subscribes to all channels that have listeners, on a connection that was made anew.
   * @throws UnavailableError if Redis refuses it
   */
  async listenAgain(): Promise<void> {
    const channels = [...this.#listeners.keys()]
    if (channels.length > 0) await answered(this.#subscriber.subscribe(...channels))
  }
}
