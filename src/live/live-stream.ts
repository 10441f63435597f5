import { Repeater } from '@repeaterjs/repeater'
import type { Clock } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { decodeSignal, type UserSignal } from '../events/signal.ts'
import { beginsAnew, type SlateTrigger } from '../slate/slate.ts'
import type { Signals } from './signals.ts'

export interface LiveStreamOptions<T> {
  readonly signals: Signals
  readonly clock: Clock
  readonly userId: string
  /** Who the id stands for now: it may have become another user's. */
  readonly ownerOf: (userId: string) => Promise<string>
  /** Shortest time between two values, in ms. */
  readonly minIntervalMs: number
  /** Also a value after this long without one, in ms. */
  readonly refreshEveryMs: number | undefined
  /** Whether a signal asks for a new value. */
  readonly wakes: (signal: UserSignal) => boolean
  /** Told how to ask for a new value for another reason than a signal. The result ends that. */
  readonly follows?: (ask: (trigger: SlateTrigger) => void) => () => void
  /**
   * Makes a value of the newest state, or undefined if there is nothing to send. `version` is the least that the value must reflect.
   * `recordedAt` is when the oldest event that waits for the value was recorded, in ms of the monotonic time of this process.
   */
  readonly make: (trigger: SlateTrigger, version: number, recordedAt: number | undefined) => Promise<T | undefined>
}

/** The longest time that a signal is believed to have travelled, in ms: the wall clocks of two processes may differ by any amount. */
const MAX_TRAVEL_MS = 10_000

/** How soon a value that could not be made, because the store did not answer, is tried again. */
const RETRY_MS = 500

/**
 * A stream of values of one user: one at once, then one whenever signals ask for it. The first change is answered at once,
 * changes within the interval are answered once at its end, and the newest state is always delivered. At most one value
 * waits for a slow reader; what happens meanwhile collapses into the next. When the store goes away the stream stays open.
 */
export function liveStream<T>(options: LiveStreamOptions<T>): Repeater<T> {
  const { signals, clock, userId, ownerOf, minIntervalMs, refreshEveryMs, wakes, follows, make } = options
  return new Repeater<T>(async (push, stop) => {
    let pending: SlateTrigger | undefined = 'INITIAL'
    let version = 0
    let oldest: number | undefined
    let stopped = false
    let wake: (() => void) | undefined
    const notify = (trigger: SlateTrigger) => {
      // A value that begins anew says so, whatever happens before it is made.
      if (pending === undefined || !beginsAnew(pending)) pending = trigger
      wake?.()
    }
    const onSignal = (json: string) => {
      const signal = decodeSignal(json)
      if (signal.mergedInto !== undefined || signal.erased) owner = undefined
      if (signal.erased) {
        oldest = undefined
        notify('ERASED')
        return
      }
      if (!wakes(signal)) return
      version = Math.max(version, signal.version)
      oldest ??= recordedAtOf(signal, clock)
      notify('EVENT')
    }
    /** Whose signals are followed; undefined when that must be found out, before the state is read that they would change. */
    let owner: string | undefined
    let end: (() => Promise<void>) | undefined
    /** Ends the subscription once, whoever asks first. */
    const unfollow = async () => {
      const ending = end
      end = undefined
      await ending?.()
    }
    const follow = async () => {
      const found = await ownerOf(userId)
      owner = found
      const next = await signals.followUser(found, onSignal)
      await unfollow()
      end = next
      // The stream may have ended while it waited.
      if (stopped) await unfollow()
    }
    await follow()
    const endResync = signals.onResync(() => {
      owner = undefined
      notify('RESYNC')
    })
    const endFollowing = follows?.(notify)
    void stop.then(() => {
      stopped = true
      endResync()
      endFollowing?.()
      unfollow().catch(() => {})
      wake?.()
    })
    /** Waits for `ms`, for a notification if it may be cut short, or for the end. */
    const pause = (ms: number | undefined, interruptible: boolean) =>
      new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(finish, ms)
        function finish() {
          clearTimeout(timer)
          wake = undefined
          resolve()
        }
        wake = () => {
          if (interruptible || stopped) finish()
        }
      })
    let lastAt = Number.NEGATIVE_INFINITY
    while (!stopped) {
      if (pending === undefined) {
        await pause(refreshEveryMs, true)
        if (stopped) break
        pending ??= 'REFRESH'
      }
      const early = lastAt + minIntervalMs - clock.monotonic()
      if (early > 0) {
        await pause(early, false)
        continue
      }
      const trigger: SlateTrigger = pending
      pending = undefined
      lastAt = clock.monotonic()
      const recordedAt = oldest
      oldest = undefined
      const least = version
      // Later versions may be below those from before.
      if (beginsAnew(trigger)) version = 0
      try {
        if (owner === undefined) await follow()
        const value = await make(trigger, least, recordedAt)
        if (value !== undefined && !stopped) await Promise.race([push(value), stop])
      } catch (error) {
        if (trigger === 'INITIAL' || !(error instanceof UnavailableError)) throw error
        notify(trigger)
        version = Math.max(version, least)
        oldest = recordedAt ?? oldest
        await pause(RETRY_MS, false)
      }
    }
  })
}

/** When the event of a signal was recorded, in ms of the monotonic time of this process; undefined for an upload. */
function recordedAtOf({ recordedAt }: UserSignal, clock: Clock): number | undefined {
  if (recordedAt === undefined) return undefined
  return clock.monotonic() - Math.min(MAX_TRAVEL_MS, Math.max(0, clock.wall() - recordedAt))
}
