import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import { answered } from '../state/redis/redis-errors.ts'

/**
 * Channels of Redis, by one connection for all listeners of this process. Subscribes at the first listener of a channel, unsubscribes
 * after the last one, and subscribes again when the connection was made anew.
 */
export class RedisChannels {
  readonly #subscriber: Redis
  readonly #pubsub: RedisPubSub
  /** Number of listeners, by channel. */
  readonly #listeners = new Map<string, number>()

  constructor(subscriber: Redis) {
    this.#subscriber = subscriber
    this.#pubsub = new RedisPubSub({
      publisher: subscriber,
      subscriber: heardOnly(subscriber),
      serializer: (message: string) => message,
      deserializer: (message: string | Buffer) => String(message),
    })
  }

  /**
   * Calls `listener` with each message. Resolves when messages arrive.
   * @returns function that ends this
   * @throws UnavailableError if Redis refuses it
   */
  async listen(channel: string, listener: (message: string) => void): Promise<() => void> {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? 0) + 1)
    // Before Redis is asked, so that no other listener that stops meanwhile unsubscribes the channel behind the question.
    const id = await this.#pubsub.subscribe(channel, listener)
    const stop = () => {
      const others = this.#listeners.get(channel)! - 1
      if (others > 0) this.#listeners.set(channel, others)
      else this.#listeners.delete(channel)
      this.#pubsub.unsubscribe(id)
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

/**
 * The connection as the library sees it. A subscription that Redis refuses would leave the library with a rejection that nobody
 * handles, and so would unsubscribing on a broken connection: either ends the process. So `RedisChannels` subscribes itself, and awaits
 * the answer; the library keeps the listeners, hands messages to them, and unsubscribes after the last one.
 */
function heardOnly(subscriber: Redis): Redis {
  const subscribe = (_channel: string, callback: (error: null) => void) => callback(null)
  const unsubscribe = (channel: string) => subscriber.unsubscribe(channel).catch(() => {})
  const own: Readonly<Record<string | symbol, unknown>> = { subscribe, unsubscribe, punsubscribe: () => {} }
  return new Proxy(subscriber, {
    get: (target, name) => {
      if (Object.hasOwn(own, name)) return own[name]
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
