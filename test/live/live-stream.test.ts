import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { wallClock } from '../../src/clock.ts'
import { UnavailableError } from '../../src/errors.ts'
import { encodeSignal } from '../../src/events/swap.ts'
import { type LiveStreamOptions, liveStream } from '../../src/live/live-stream.ts'
import type { Signals } from '../../src/live/signals.ts'
import type { SlateTrigger } from '../../src/slate/slate.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Signals that a test gives, to one follower. */
class GivenSignals implements Signals {
  change: (version: number) => void = () => {}
  resync: () => void = () => {}

  async followUser(userId: string, onSignal: (signal: string) => void) {
    this.change = (version) => onSignal(encodeSignal({ userId, version, eventTypes: ['view'] }))
    return async () => {}
  }

  async follow() {
    return async () => {}
  }

  onResync(callback: () => void) {
    this.resync = callback
    return () => {}
  }

  async close() {}
}

/** Why each value was made, and what it had to reflect; while the store is `away`, making one fails after 50 ms. */
function followed(signals: Signals, turns: Pick<LiveStreamOptions<SlateTrigger>, 'onStretched' | 'takeTurn'> = {}) {
  const state = { away: false, made: [] as [SlateTrigger, number][] }
  const stream = liveStream({
    signals,
    clock: wallClock(),
    userId: 'me',
    ownerOf: async (userId) => userId,
    minIntervalMs: 100,
    refreshEveryMs: undefined,
    wakes: () => true,
    ...turns,
    make: async (trigger, version) => {
      if (state.away) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        throw new UnavailableError('The store did not answer.')
      }
      state.made.push([trigger, version])
      return trigger
    },
  })
  void (async () => {
    for await (const _ of stream);
  })()
  return Object.assign(state, { stream })
}

describe('a stream that learns that signals were lost', () => {
  it('makes a value that is not shared with earlier ones', async () => {
    const signals = new GivenSignals()
    const { made } = followed(signals)
    await vi.advanceTimersByTimeAsync(1000)
    signals.resync()
    await vi.advanceTimersByTimeAsync(0)
    expect(made).toEqual([
      ['INITIAL', 0],
      ['RESYNC', 0],
    ])
  })

  it('does so even if an event arrives before the value is made', async () => {
    const signals = new GivenSignals()
    const { made } = followed(signals)
    await vi.advanceTimersByTimeAsync(50)
    signals.resync()
    signals.change(7)
    await vi.advanceTimersByTimeAsync(1000)
    expect(made.slice(1)).toEqual([['RESYNC', 7]])
  })

  it.each([
    ['was being made', 25],
    ['waits for the store to be back', 75],
  ])('does so even if a value for an event %s', async (_, ms) => {
    const signals = new GivenSignals()
    const state = followed(signals)
    await vi.advanceTimersByTimeAsync(1000)
    state.away = true
    signals.change(7)
    await vi.advanceTimersByTimeAsync(ms)
    signals.resync()
    await vi.advanceTimersByTimeAsync(1000)
    state.away = false
    await vi.advanceTimersByTimeAsync(1000)
    expect(state.made.slice(1)).toEqual([['RESYNC', 7]])
  })
})

it('a stream asks for the newest version that it heard of, whatever the order of the signals', async () => {
  const signals = new GivenSignals()
  const { made } = followed(signals)
  await vi.advanceTimersByTimeAsync(50)
  for (const version of [4, 9, 8]) signals.change(version)
  await vi.advanceTimersByTimeAsync(50)
  expect(made.slice(1)).toEqual([['EVENT', 9]])
})

/** Counts how often each subscription ends; a new one takes a second. */
class SlowSignals extends GivenSignals {
  readonly ends: number[] = []

  override async followUser(userId: string, onSignal: (signal: string) => void) {
    await super.followUser(userId, onSignal)
    const subscription = this.ends.push(0) - 1
    if (subscription > 0) await new Promise((resolve) => setTimeout(resolve, 1000))
    return async () => {
      this.ends[subscription]++
    }
  }
}

describe('a stream that ends while it follows another user', () => {
  it('ends each subscription once', async () => {
    const signals = new SlowSignals()
    const stream = liveStream({
      signals,
      clock: wallClock(),
      userId: 'me',
      ownerOf: async (userId) => userId,
      minIntervalMs: 0,
      refreshEveryMs: undefined,
      wakes: () => true,
      make: async (trigger) => trigger,
    })
    await stream.next()
    const next = stream.next()
    signals.resync()
    await vi.advanceTimersByTimeAsync(500)
    const returned = stream.return()
    await vi.advanceTimersByTimeAsync(1000)
    await Promise.all([next, returned])
    expect(signals.ends).toEqual([1, 1])
  })
})

describe('a stream that waits for its turn', () => {
  it('reports by how much its interval became longer, and merges the changes that happen meanwhile', async () => {
    const signals = new GivenSignals()
    const stretches: number[] = []
    const waits = [70, 5, 300]
    const { made, stream } = followed(signals, {
      onStretched: (ms) => stretches.push(ms),
      takeTurn: () => ({
        granted: new Promise((resolve) => setTimeout(resolve, waits.shift(), true)),
        hasten: () => {},
        end: () => {},
      }),
    })
    // The first value has no interval before it, however long it waits.
    await vi.advanceTimersByTimeAsync(70)
    expect([made.length, stretches]).toEqual([1, []])
    // Within the minimum interval, which is no stretch.
    signals.change(1)
    await vi.advanceTimersByTimeAsync(99)
    expect(made).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10)
    expect([made.length, stretches]).toEqual([2, [5]])
    await vi.advanceTimersByTimeAsync(500)
    signals.change(2)
    await vi.advanceTimersByTimeAsync(200)
    signals.change(3)
    await vi.advanceTimersByTimeAsync(100)
    expect(stretches).toEqual([5, 300])
    expect(made.at(-1)).toEqual(['EVENT', 3])
    await stream.return()
  })
})

/** A user is followed once `arrive` is called. */
class AwaitedSignals extends GivenSignals {
  arrive: () => void = () => {}

  override async followUser(userId: string, onSignal: (signal: string) => void) {
    const arrived = new Promise<void>((resolve) => {
      this.arrive = resolve
    })
    await arrived
    return super.followUser(userId, onSignal)
  }
}

describe('a stream whose reader leaves before its first value', () => {
  it.each(['turns that are free', 'no turns'])(
    'makes no value, and leaves its turn to others, with %s: it made one for nobody',
    async (kind) => {
      const signals = new AwaitedSignals()
      const made: SlateTrigger[] = []
      let taken = 0
      let ended = 0
      const takeTurn = () => {
        taken++
        return { granted: Promise.resolve(true), hasten: () => {}, end: () => void ended++ }
      }
      const stream = liveStream({
        signals,
        clock: wallClock(),
        userId: 'me',
        ownerOf: async (userId) => userId,
        minIntervalMs: 0,
        refreshEveryMs: undefined,
        wakes: () => true,
        ...(kind === 'turns that are free' && { takeTurn }),
        make: async (trigger) => void made.push(trigger),
      })
      const first = stream.next()
      await vi.advanceTimersByTimeAsync(0)
      const returned = stream.return()
      signals.arrive()
      await vi.advanceTimersByTimeAsync(1000)
      await Promise.all([first, returned])
      expect(made).toEqual([])
      expect(ended).toBe(taken)
    },
  )
})
