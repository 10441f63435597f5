import { type Push, Repeater, type Stop } from '@repeaterjs/repeater'
import type { Clock } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { decodeSignal, type UserSignal } from '../events/swap.ts'
import { beginsAnew, type SlateTrigger } from '../slate/slate.ts'
import type { Signals } from './signals.ts'
import type { StreamTurn } from './stream-turn.ts'

/** The shortest time between two values of a subscription, in ms, if the client names none. */
export const DEFAULT_MIN_INTERVAL_MS = 100

export interface LiveStreamOptions<T> {
  readonly signals: Signals
  readonly clock: Clock
  readonly userId: string
  /** Returns the user that the id stands for now: the id may have been merged into another user. */
  readonly ownerOf: (userId: string) => Promise<string>
  /** Minimum time between two values, in ms. */
  readonly minIntervalMs: number
  /** Time without a value after which a value is sent anyway, in ms; undefined for never. */
  readonly refreshEveryMs: number | undefined
  /** Returns whether a signal triggers a new value. */
  readonly wakes: (signal: UserSignal) => boolean
  /** Called when a change is merged into a value that waits to be made. */
  readonly onCoalesced?: () => void
  /** Receives a function that triggers a new value for reasons other than signals. Its result ends that. */
  readonly follows?: (ask: (trigger: SlateTrigger) => void) => () => void
  /**
   * Called when a value gets its turn, with the time in ms since it was due: when it was wanted and the minimum interval was over. Not
   * called for the first value, since no interval precedes it.
   */
  readonly onStretched?: (ms: number) => void
  /** Takes a turn to make a value. Values are made at once if absent. */
  readonly takeTurn?: (trigger: SlateTrigger) => StreamTurn
  /**
   * Makes a value from the newest state; undefined if there is nothing to send. `version` is the minimum version of the state that
   * the value must reflect. `recordedAt` is the time when the oldest waiting event was recorded, in ms of this process's monotonic
   * time. `isWanted` returns false once the reader has left.
   */
  readonly make: (
    trigger: SlateTrigger,
    version: number,
    recordedAt: number | undefined,
    isWanted: () => boolean,
  ) => Promise<T | undefined>
}

/** The longest time that a signal is believed to have travelled, in ms: the wall clocks of two processes may differ by any amount. */
const MAX_TRAVEL_MS = 10_000

/** How soon a value that could not be made, because the store did not answer, is tried again. */
const RETRY_MS = 500

/**
 * Streams values for one user: one at once, then one after each signal that asks for it. The first change is answered at once.
 * Further changes within the minimum interval, or while the stream waits for its turn, are answered together by the next value, from
 * the newest state. At most one value waits for a slow reader; later changes are merged into the next value. If the store is
 * unavailable, the stream stays open.
 */
export function liveStream<T>(options: LiveStreamOptions<T>): Repeater<T> {
  return new Repeater<T>((push, stop) => new LiveStream(options, push, stop).run())
}

/** One stream, from its first value until its reader leaves. */
class LiveStream<T> {
  readonly #options: LiveStreamOptions<T>
  readonly #push: Push<T>
  readonly #stop: Stop
  /** Why a value is wanted; undefined when none is. */
  #pending: SlateTrigger | undefined = 'INITIAL'
  /** The least version that the next value must reflect. */
  #version = 0
  /** When the oldest event that waits for a value was recorded, in ms of the monotonic time of this process. */
  #oldest: number | undefined
  #isStopped = false
  #wake: (() => void) | undefined
  /** Whose signals are followed; undefined when that must be found out, before the state is read that they would change. */
  #owner: string | undefined
  #endFollowing: (() => Promise<void>) | undefined
  /** End what asks for values beside signals about the user. */
  #endAsking: readonly ((() => void) | undefined)[] = []
  /** The turn that is waited for, or that a value is made in. */
  #turn: StreamTurn | undefined
  /** In ms of monotonic time. */
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(options: LiveStreamOptions<T>, push: Push<T>, stop: Stop) {
    this.#options = options
    this.#push = push
    this.#stop = stop
  }

  async run(): Promise<void> {
    const { signals, clock, minIntervalMs, refreshEveryMs, follows } = this.#options
    // Before anything is waited for: whoever leaves meanwhile wants no value.
    void this.#stop.then(() => this.#leave())
    await this.#follow()
    if (this.#isStopped) return
    this.#endAsking = [
      signals.onResync(() => {
        this.#owner = undefined
        this.#ask('RESYNC')
      }),
      follows?.((trigger) => this.#ask(trigger)),
    ]
    while (!this.#isStopped) {
      if (this.#pending === undefined) {
        await this.#pause(refreshEveryMs, true)
        if (this.#isStopped) break
        this.#pending ??= 'REFRESH'
      }
      const early = this.#lastAt + minIntervalMs - clock.monotonic()
      if (early > 0) await this.#pause(early, false)
      else await this.#send(this.#pending)
    }
  }

  #leave(): void {
    this.#isStopped = true
    for (const end of this.#endAsking) end?.()
    this.#endTurn()
    this.#unfollow().catch(() => {})
    this.#wake?.()
  }

  /** Waits for a turn, makes a value and waits until it is read. */
  async #send(reason: SlateTrigger): Promise<void> {
    const { clock, make, takeTurn, onStretched } = this.#options
    const dueAt = clock.monotonic()
    this.#turn = takeTurn?.(reason)
    // The reader may have left since the turn was granted: it was ended then.
    if (this.#turn && (!(await this.#turn.granted) || this.#isStopped)) return
    if (Number.isFinite(this.#lastAt)) onStretched?.(clock.monotonic() - dueAt)
    // What has come meanwhile is answered too.
    const trigger = this.#pending ?? reason
    this.#pending = undefined
    this.#lastAt = clock.monotonic()
    const recordedAt = this.#oldest
    this.#oldest = undefined
    const least = this.#version
    // Later versions may be below those from before.
    if (beginsAnew(trigger)) this.#version = 0
    try {
      if (this.#owner === undefined) await this.#follow()
      const value = this.#isStopped ? undefined : await make(trigger, least, recordedAt, () => !this.#isStopped)
      // A reader may take its time.
      this.#endTurn()
      if (value !== undefined && !this.#isStopped) await Promise.race([this.#push(value), this.#stop])
    } catch (error) {
      this.#endTurn()
      if (trigger === 'INITIAL' || !(error instanceof UnavailableError)) throw error
      this.#ask(trigger)
      this.#version = Math.max(this.#version, least)
      this.#oldest = recordedAt ?? this.#oldest
      await this.#pause(RETRY_MS, false)
    }
  }

  #ask(trigger: SlateTrigger): void {
    if (this.#pending !== undefined) this.#options.onCoalesced?.()
    // A value that begins anew says so, whatever happens before it is made.
    if (this.#pending === undefined || !beginsAnew(this.#pending)) this.#pending = trigger
    this.#turn?.hasten(trigger)
    this.#wake?.()
  }

  #endTurn(): void {
    this.#turn?.end()
    this.#turn = undefined
  }

  #onSignal(json: string): void {
    const { clock, wakes } = this.#options
    const signal = decodeSignal(json)
    if (signal.mergedInto !== undefined || signal.erased) this.#owner = undefined
    if (signal.erased) {
      this.#oldest = undefined
      this.#ask('ERASED')
      return
    }
    if (!wakes(signal)) return
    this.#version = Math.max(this.#version, signal.version)
    this.#oldest ??= recordedAtOf(signal, clock)
    this.#ask('EVENT')
  }

  async #follow(): Promise<void> {
    const { signals, userId, ownerOf } = this.#options
    const found = await ownerOf(userId)
    this.#owner = found
    const end = await signals.followUser(found, (json) => this.#onSignal(json))
    await this.#unfollow()
    this.#endFollowing = end
    // The stream may have ended while it waited.
    if (this.#isStopped) await this.#unfollow()
  }

  /** Ends the subscription once, whoever asks first. */
  async #unfollow(): Promise<void> {
    const end = this.#endFollowing
    this.#endFollowing = undefined
    await end?.()
  }

  /** Waits for `ms`, for a reason to make a value if that may cut it short, or for the end. */
  #pause(ms: number | undefined, isInterruptible: boolean): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = ms === undefined ? undefined : setTimeout(finish, ms)
      this.#wake = () => {
        if (isInterruptible || this.#isStopped) finish()
      }
    })
  }
}

/** When the event of a signal was recorded, in ms of the monotonic time of this process; undefined for an upload. */
function recordedAtOf({ recordedAt }: UserSignal, clock: Clock): number | undefined {
  if (recordedAt === undefined) return undefined
  return clock.monotonic() - Math.min(MAX_TRAVEL_MS, Math.max(0, clock.wall() - recordedAt))
}
