import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RankingTurns, type Turn, URGENCIES, type Urgency } from '../../src/slate/ranking-turns.ts'
import { checkProperty } from '../support/check-property.ts'

/** As docs/architecture.md states them: of 21 turns while slates of each urgency wait. */
const SHARES = { interactive: 16, push: 4, refresh: 1 } as const
const ALL = 21

interface Load {
  /** Slates that are made at the same time; each takes one tick. */
  readonly concurrency: number
  /** Queries that wait at any time: each is of another user, and one that is answered is followed by the next. */
  readonly queries: number
  /** Streams of each urgency: each is of a user of its own, and wants its next slate as soon as it has one. */
  readonly push: number
  readonly refresh: number
}

const load = fc.record({
  concurrency: fc.integer({ min: 1, max: 16 }),
  queries: fc.integer({ min: 0, max: 60 }),
  push: fc.integer({ min: 1, max: 80 }),
  refresh: fc.integer({ min: 1, max: 12 }),
})

/** A process that makes slates without a pause. */
class Flood {
  readonly #load: Load
  readonly #deferred: (() => void)[] = []
  readonly #turns: RankingTurns
  /** Turns whose slates are being made, with what follows each. */
  #running: [Turn, () => void][] = []
  #now = 0
  #asked = 0
  /** The longest time that a slate waited, in ticks. */
  readonly longest = { interactive: 0, push: 0, refresh: 0 }

  constructor(given: Load) {
    this.#load = given
    this.#turns = new RankingTurns({
      concurrency: given.concurrency,
      now: () => this.#now,
      defer: (callback) => this.#deferred.push(callback),
    })
  }

  /** Begins the streams and the queries, and lets them run for a number of ticks. */
  async run(ticks: number): Promise<void> {
    const { queries, push, refresh } = this.#load
    for (let i = 0; i < queries; i++) this.#query()
    for (let i = 0; i < push; i++) this.#stream(`p${i}`, 'push')
    for (let i = 0; i < refresh; i++) this.#stream(`r${i}`, 'refresh')
    for (this.#now = 0; this.#now < ticks; this.#now++) {
      await this.#settle()
      for (const [turn, next] of this.#running.splice(0)) {
        turn.end()
        next()
      }
    }
    // Those that wait still may have waited the longest.
    for (const urgency of URGENCIES)
      for (const since of this.#waiting[urgency]) this.longest[urgency] = Math.max(this.longest[urgency], ticks - since)
  }

  readonly #waiting: Readonly<Record<Urgency, number[]>> = { interactive: [], push: [], refresh: [] }

  #query(): void {
    this.#ask(`q${this.#asked++}`, 'interactive', () => this.#query())
  }

  #stream(userId: string, urgency: Urgency): void {
    this.#ask(userId, urgency, () => this.#stream(userId, urgency))
  }

  #ask(userId: string, urgency: Urgency, next: () => void): void {
    const since = this.#now
    this.#waiting[urgency].push(since)
    const turn = this.#turns.take({ userId, urgency })
    void turn.granted.then(() => {
      const waiting = this.#waiting[urgency]
      waiting.splice(waiting.indexOf(since), 1)
      this.longest[urgency] = Math.max(this.longest[urgency], this.#now - since)
      this.#running.push([turn, next])
    })
  }

  async #settle(): Promise<void> {
    for (const callback of this.#deferred.splice(0)) callback()
    await Promise.resolve()
    await Promise.resolve()
  }
}

/** Ticks that a slate waits at most, while so many users wait in its urgency. */
function bound(users: number, urgency: Urgency, concurrency: number): number {
  return Math.ceil(((users * ALL) / SHARES[urgency] + URGENCIES.length - 1) / concurrency)
}

describe('under a flood that never ends', () => {
  it('no slate waits for more turns than its share allows, whoever else wants slates', async () => {
    await checkProperty(
      fc.asyncProperty(load, async (given) => {
        const { concurrency, queries, push, refresh } = given
        const flood = new Flood(given)
        await flood.run(bound(refresh, 'refresh', concurrency) * 2 + 20)
        const waiting = { interactive: queries, push, refresh }
        for (const urgency of URGENCIES)
          expect({ urgency, waits: flood.longest[urgency] <= bound(waiting[urgency], urgency, concurrency) + 1 }).toEqual({
            urgency,
            waits: true,
          })
      }),
      300,
    )
  })

  it('a stream waits about as long as its share says: 1,000 streams beside queries and refreshes without end', async () => {
    const flood = new Flood({ concurrency: 8, queries: 100, push: 1000, refresh: 10 })
    await flood.run(2000)
    const expected = bound(1000, 'push', 8)
    expect(expected).toBe(657)
    expect(flood.longest.push).toBeGreaterThan(0.98 * expected)
    expect(flood.longest.push).toBeLessThanOrEqual(expected + 1)
  })

  it('a stream waits for all other streams once, if nobody else wants slates', async () => {
    const flood = new Flood({ concurrency: 8, queries: 0, push: 1000, refresh: 0 })
    await flood.run(1000)
    expect(flood.longest.push).toBe(1000 / 8)
  })
})
