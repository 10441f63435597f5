import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { PubSub } from 'graphql-subscriptions'
import type { RedisConnection } from '../state/redis/connection.ts'
import type { RedisKeys } from '../state/redis/keys.ts'
import { answered } from '../state/redis/redis-errors.ts'
import { channelOf, channelOfKind, type FollowedKind, type Subject } from '../state/subject.ts'
import { RedisChannels } from './redis-channels.ts'

/**
 * Carries notices of changes from writers to followers, within a process or between processes. A signal holds no slate: the
 * follower reads the newest state itself. So a lost or repeated signal costs time only.
 */
export interface Signals {
  /**
   * Follows a user. Resolves when signals about the user arrive; call the result to stop.
   * @throws UnavailableError if the store does not answer
   */
  followUser(userId: string, onSignal: (signal: string) => void): Promise<() => Promise<void>>
  /** Follows all subjects of a kind; call the result to stop. */
  follow(kind: FollowedKind, onSignal: (signal: string) => void): Promise<() => Promise<void>>
  /**
   * Calls `callback` if signals may have been lost, such as after an interruption of the connection.
   * @returns function that ends the subscription
   */
  onResync(callback: () => void): () => void
  close(): Promise<void>
}

/** Signals within this process. Used with the embedded store. */
export class LocalSignals implements Signals {
  readonly #pubsub = new PubSub({ eventEmitter: new EventEmitter().setMaxListeners(0) })

  publish(subject: Subject, signal: string): void {
    void this.#pubsub.publish(channelOf(subject), signal)
  }

  followUser(userId: string, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    return this.#subscribe(channelOf({ kind: 'user', id: userId }), onSignal)
  }

  follow(kind: FollowedKind, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    return this.#subscribe(channelOfKind(kind), onSignal)
  }

  onResync(): () => void {
    return () => {}
  }

  async close(): Promise<void> {}

  async #subscribe(channel: string, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    const id = await this.#pubsub.subscribe(channel, onSignal)
    return async () => this.#pubsub.unsubscribe(id)
  }
}

/** How long a follower counts without a sign of life, and how often it gives one. */
const PRESENCE_SECONDS = 60
const REFRESH_MS = 20_000
/** How soon what a lost node of a cluster knew is told to its successor again, while there is none yet. */
const RETRY_MS = 250
/** How soon Redis is asked again to subscribe this process, once it has refused. */
const LISTEN_AGAIN_MS = 2000

/** Receives the problems of signals, so that they can be logged. */
export interface SignalReports {
  /** Called with the error of a signal that cannot be read, and is left out. */
  readonly onMalformed: (error: unknown) => void
  /** Called when Redis refuses to subscribe this process again, so that it hears nothing until the next try. */
  readonly onRefused: (error: unknown) => void
}

/** Signals through Redis. One connection serves all followers of this process. Nothing is published for users without followers. */
export class RedisSignals implements Signals {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #channels: RedisChannels
  readonly #followed = new Map<string, number>()
  readonly #resync = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  readonly #reports: SignalReports
  #isRecovering = false
  #isClosed = false

  constructor(connection: RedisConnection, keys: RedisKeys, reports: SignalReports) {
    this.#connection = connection
    this.#reports = reports
    this.#keys = keys
    const { subscriber, commands } = connection
    this.#channels = new RedisChannels(subscriber)
    let wasAway = false
    subscriber.on('close', () => {
      wasAway = true
    })
    subscriber.on('ready', () => {
      if (wasAway) void this.#afterAway()
      wasAway = false
    })
    commands.on('ready', () => void this.#refresh())
    // The subscriber may be at another node, and hear nothing of it.
    commands.on('-node', () => void this.#afterLostNode())
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS)
    this.#timer.unref()
  }

  async followUser(userId: string, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    // Before subscribing, which waits for as long as the store is away.
    await answered(this.#connection.commands.set(this.#keys.presence(userId), '1', 'EX', PRESENCE_SECONDS))
    const stop = await this.#channels.listen(this.#keys.channel(channelOf({ kind: 'user', id: userId })), this.#guarded(onSignal))
    this.#followed.set(userId, (this.#followed.get(userId) ?? 0) + 1)
    return async () => {
      const others = (this.#followed.get(userId) ?? 1) - 1
      if (others > 0) this.#followed.set(userId, others)
      else this.#followed.delete(userId)
      stop()
    }
  }

  async follow(kind: FollowedKind, onSignal: (signal: string) => void): Promise<() => Promise<void>> {
    const stop = await this.#channels.listen(this.#keys.channel(channelOfKind(kind)), this.#guarded(onSignal))
    return async () => stop()
  }

  onResync(callback: () => void): () => void {
    this.#resync.add(callback)
    return () => this.#resync.delete(callback)
  }

  /** Makes all followers read everything again, because another store replaced the one before. */
  async resync(): Promise<void> {
    await this.#refresh()
    if (!this.#isClosed) this.#askResync()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
  }

  /** Whoever reaches Redis may publish on a channel: an error thrown to the client of Redis would end the process. */
  #guarded(onSignal: (signal: string) => void): (signal: string) => void {
    return (signal) => {
      try {
        onSignal(signal)
      } catch (error) {
        this.#reports.onMalformed(error)
      }
    }
  }

  /** Once it is subscribed again, what is read from here on cannot miss a signal. */
  async #afterAway(): Promise<void> {
    void this.#refresh()
    while (!this.#isClosed) {
      try {
        await this.#channels.listenAgain()
        return this.#askResync()
      } catch (error) {
        this.#reports.onRefused(error)
      }
      await wait(LISTEN_AGAIN_MS, undefined, { ref: false })
    }
  }

  /**
   * A master that failed may have recorded something and died before its signal was out, and its successor may not know who
   * follows. So: presence first, for as long as it takes, then a fresh look at everything.
   */
  async #afterLostNode(): Promise<void> {
    if (this.#isRecovering || this.#isClosed) return
    this.#isRecovering = true
    while (!(await this.#refresh()) && !this.#isClosed) await wait(RETRY_MS, undefined, { ref: false })
    this.#isRecovering = false
    if (!this.#isClosed) this.#askResync()
  }

  #askResync(): void {
    for (const callback of this.#resync) callback()
  }

  /**
   * A refresh that fails is made good by the next one: presence outlives two that are lost.
   * @returns whether all of it was taken
   */
  async #refresh(): Promise<boolean> {
    const { commands } = this.#connection
    const taken = await Promise.allSettled(
      Array.from(this.#followed.keys(), (userId) => commands.set(this.#keys.presence(userId), '1', 'EX', PRESENCE_SECONDS)),
    )
    return taken.every(({ status }) => status === 'fulfilled')
  }
}
