import { describe, expect, it } from 'vitest'
import { type DriveOptions, drive } from '../../../lab/simulation/drive.ts'
import type { DriveReport } from '../../../lab/simulation/drive-report.ts'
import { plantTastes } from '../../../lab/simulation/planted-tastes.ts'
import { createShop, type SimulatedItem } from '../../../lab/simulation/shop.ts'
import { createShoppers, type SimulatedUser } from '../../../lab/simulation/shopper.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import type { SlateRequest } from '../../../lab/simulation/slate-request.ts'
import type { RecordOutcome, SessionChannel, Transport } from '../../../lab/simulation/transport.ts'
import { LiverankError, UnavailableError } from '../../../src/errors.ts'
import { itWhenLong } from '../../support/long.ts'

const startsAt = Date.UTC(2026, 0, 5)
const shop = createShop({ seed: 1, startsAt, items: 1200 })
const shoppers = createShoppers(shop, { seed: 1, count: 50 })

/** A clock that stands still but for waiting. */
class Clock {
  time = startsAt + 0.25
  readonly waits: number[] = []
  readonly now = (): number => this.time
  readonly wait = async (ms: number): Promise<void> => {
    this.waits.push(ms)
    this.time += ms
  }
}

/** Stands for a server: knows the items that were sent, gives the first ones, and remembers what it was told. */
class FakeTransport implements Transport {
  readonly items: SimulatedItem[] = []
  readonly uploads: number[] = []
  readonly users: SimulatedUser[] = []
  readonly asked: SlateRequest[] = []
  readonly calls: SimulatedEvent[][] = []
  readonly served = new Map<string, readonly string[]>()
  open = 0
  closed = false
  record: (events: readonly SimulatedEvent[]) => RecordOutcome = (events) => outcome(events.length)
  slate: (request: SlateRequest) => string[] = ({ first, anchorItemId }) =>
    this.items
      .map(({ itemId }) => itemId)
      .filter((itemId) => itemId !== anchorItemId)
      .slice(0, first)

  get events(): SimulatedEvent[] {
    return this.calls.flat()
  }

  async upsertItems(items: readonly SimulatedItem[]): Promise<void> {
    this.uploads.push(items.length)
    this.items.push(...items)
  }

  async upsertUsers(users: readonly SimulatedUser[]): Promise<void> {
    this.users.push(...users)
  }

  openSession(): SessionChannel {
    this.open++
    return {
      ask: async (request) => {
        this.asked.push(request)
        const recommendationId = `slate-${this.asked.length}`
        this.served.set(recommendationId, this.slate(request))
        return { recommendationId, itemIds: this.served.get(recommendationId)!, fallback: false }
      },
      record: async (events) => {
        this.calls.push([...events])
        return this.record(events)
      },
      close: async () => {
        this.open--
      },
    }
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

function outcome(recorded: number, rest: Partial<RecordOutcome> = {}): RecordOutcome {
  return { recorded, duplicates: 0, rejected: [], unavailable: [], ...rest }
}

type Settings = Partial<Pick<DriveOptions, 'concurrency' | 'rate' | 'speed' | 'signal' | 'onProgress' | 'run'>> & {
  sessions?: number
  until?: number
}

function run(transport: Transport, clock: Clock, { sessions = 40, ...settings }: Settings = {}): Promise<DriveReport> {
  const { now, wait } = clock
  return drive({ transport, shop, shoppers, seed: 1, sessions, speed: Number.POSITIVE_INFINITY, now, wait, ...settings })
}

describe('drive', () => {
  itWhenLong('uploads the items on sale before anyone comes, 500 per call, and the others when they arrive', async () => {
    const transport = new FakeTransport()
    await run(transport, new Clock(), { sessions: 400 })
    const onSale = shop.truth.filter(({ arrivesAt }) => arrivesAt <= startsAt).length
    expect(transport.uploads.slice(0, 2)).toEqual([500, onSale - 500])
    expect(transport.items.length).toBe(shop.items.length)
    expect(new Set(transport.items).size).toBe(shop.items.length)
  })

  it('sends what shoppers did, with the slate that they saw, at the time of the clock', async () => {
    const transport = new FakeTransport()
    const clock = new Clock()
    const report = await run(transport, clock, { run: 'one' })
    expect(transport.closed).toBe(true)
    expect(transport.open).toBe(0)
    const { events } = transport
    expect(report.sessions).toBe(40)
    expect(report.events).toBe(events.length)
    expect(report.slates).toBe(transport.asked.length)
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length)
    for (const event of events) {
      expect(event.sessionId).toMatch(/^one-shopper-/)
      expect(Number.isInteger(event.timestamp)).toBe(true)
      expect(Math.abs(event.timestamp - clock.time)).toBeLessThan(1000)
      if (event.eventType !== 'click') continue
      const position = Number(event.eventAttributes?.position)
      expect(transport.served.get(event.recommendationId!)![position - 1]).toBe(event.itemId)
    }
    const impressions = events.reduce((sum, { positions }) => sum + (positions?.length ?? 0), 0)
    const clicks = events.filter(({ eventType }) => eventType === 'click').length
    expect(report).toMatchObject({ impressions, clicks, clickRate: clicks / impressions, retries: 0 })
    expect(report.failures).toEqual({})
    expect(report.trueGain!.served).toBeGreaterThan(0)
    expect(report.trueGain!.ideal).toBeGreaterThan(report.trueGain!.served)
    expect(report.latency).toMatchObject({
      slate: { count: report.slates },
      record: { count: transport.calls.length },
      push: undefined,
    })
  })

  it('uploads the attributes of each shopper once, before the first event', async () => {
    const { categories, brands } = shop
    const planted = plantTastes({ seed: 1, categories, brands, tastes: ['age'], strength: 1 })
    const people = createShoppers(shop, { seed: 1, count: 20, planted })
    const transport = new FakeTransport()
    const known = new Set<string>()
    transport.record = (events) => {
      for (const { userId } of events) {
        known.add(userId)
        expect(transport.users.map((user) => user.userId)).toContain(userId)
      }
      return outcome(events.length)
    }
    const { now, wait } = new Clock()
    const visits = { sessions: 60, speed: Number.POSITIVE_INFINITY }
    const report = await drive({ transport, shop, shoppers: people, seed: 1, ...visits, now, wait })
    expect(report.failures).toEqual({})
    expect(new Set(transport.users.map((user) => user.userId))).toEqual(known)
    expect(transport.users.length).toBe(known.size)
    const [{ userId, attributes }] = transport.users as [SimulatedUser]
    expect(attributes).toEqual(people.find((one) => one.userId === userId)!.person)

    const without = new FakeTransport()
    await run(without, new Clock())
    expect(without.users).toEqual([])
  })

  it('keeps impressions back until something else happens, but never past the next slate', async () => {
    const transport = new FakeTransport()
    await run(transport, new Clock())
    const lasts = transport.calls.map((events) => events.at(-1)!.eventType)
    for (const events of transport.calls) {
      for (const { eventType } of events.slice(0, -1)) expect(['session_start', 'impression']).toContain(eventType)
    }
    expect(lasts.filter((type) => type !== 'impression' && type !== 'session_start').length).toBeGreaterThan(0)
  })

  it('does the same in every run with the same seed, under different ids', async () => {
    const log = async (name: string): Promise<SimulatedEvent[]> => {
      const transport = new FakeTransport()
      await run(transport, new Clock(), { run: name, concurrency: 1 })
      return transport.events
    }
    const first = await log('a')
    expect(await log('a')).toEqual(first)
    const second = await log('b')
    expect(second.map(({ eventType, itemId }) => [eventType, itemId])).toEqual(
      first.map(({ eventType, itemId }) => [eventType, itemId]),
    )
    const ids = new Set(first.map(({ eventId }) => eventId))
    expect(second.some(({ eventId }) => ids.has(eventId))).toBe(false)
  })

  it('gets more clicks from better slates', async () => {
    const best = new FakeTransport()
    const byQuality = [...shop.truth].sort((left, right) => right.quality - left.quality).map(({ itemId }) => itemId)
    best.slate = ({ first }) => byQuality.slice(0, first)
    const worst = new FakeTransport()
    worst.slate = ({ first }) => byQuality.slice(-first)
    const served = async (transport: Transport): Promise<number> => (await run(transport, new Clock())).trueGain!.served
    expect(await served(best)).toBeGreaterThan(2 * (await served(worst)))
  })

  it('waits for the compressed time between steps', async () => {
    const slow = new Clock()
    await run(new FakeTransport(), slow, { concurrency: 1, speed: 60 })
    const fast = new Clock()
    await run(new FakeTransport(), fast, { concurrency: 1, speed: 600 })
    const elapsed = (clock: Clock): number => clock.time - startsAt
    expect(elapsed(slow)).toBeGreaterThan(1000)
    expect(elapsed(slow) / elapsed(fast)).toBeCloseTo(10, 0)
  })

  it('keeps to the given rate', async () => {
    const clock = new Clock()
    const report = await run(new FakeTransport(), clock, { concurrency: 1, rate: 50 })
    const seconds = (clock.time - startsAt) / 1000
    expect(report.events / seconds).toBeLessThan(52)
    expect(report.events / seconds).toBeGreaterThan(48)
  })

  it('reports its progress once a second', async () => {
    const clock = new Clock()
    const progress: number[] = []
    await run(new FakeTransport(), clock, { concurrency: 1, rate: 50, onProgress: ({ elapsedMs }) => progress.push(elapsedMs) })
    expect(progress.length).toBeGreaterThan(2)
    expect(progress.length).toBeLessThanOrEqual((clock.time - startsAt) / 1000)
  })

  it('ends at its time, or when its signal is aborted', async () => {
    const clock = new Clock()
    await run(new FakeTransport(), clock, { sessions: 1_000_000, until: startsAt + 5_000, rate: 50 })
    expect(clock.time - startsAt).toBeGreaterThanOrEqual(5_000)
    expect(clock.time - startsAt).toBeLessThan(7_000)
    const controller = new AbortController()
    const transport = new FakeTransport()
    transport.record = (events) => {
      if (transport.calls.length === 30) controller.abort()
      return outcome(events.length)
    }
    await run(transport, new Clock(), { sessions: 1_000_000, signal: controller.signal })
    expect(transport.open).toBe(0)
    expect(transport.calls.length).toBeLessThan(80)
  })

  it('sends events again that the store did not take, with the same ids, after longer and longer pauses', async () => {
    const transport = new FakeTransport()
    const clock = new Clock()
    transport.record = (events) => {
      const { length } = transport.calls
      if (length === 1) throw new UnavailableError('gone')
      return length < 4 ? outcome(0, { unavailable: events.slice(-1), duplicates: events.length - 1 }) : outcome(events.length)
    }
    const report = await run(transport, clock, { sessions: 1, concurrency: 1 })
    const [first, second, third, fourth] = transport.calls
    expect(second).toEqual(first)
    expect(third).toEqual(first!.slice(-1))
    expect(fourth).toEqual(third)
    expect(clock.waits.slice(0, 3)).toEqual([100, 200, 400])
    expect(report).toMatchObject({ retries: 3, duplicates: first!.length - 1 })
    expect(report.failures).toEqual({})
  })

  it('counts refused events, by reason', async () => {
    const transport = new FakeTransport()
    transport.record = (events) => outcome(events.length - 1, { rejected: ['no such thing'] })
    const report = await run(transport, new Clock())
    expect(report.rejected).toBe(transport.calls.length)
    expect(report.failures).toEqual({ 'An event was rejected: no such thing': report.rejected })
  })

  it('counts a failed visit and continues, but gives up after twenty in a row', async () => {
    const limping = new FakeTransport()
    limping.slate = () => {
      if (limping.asked.length % 3 === 0) throw new LiverankError('UNUSABLE_DATA', 'not a slate')
      return []
    }
    const report = await run(limping, new Clock())
    expect(report.failures['not a slate']).toBeGreaterThan(0)
    expect(report.sessions).toBe(40 - report.failures['not a slate']!)
    expect(limping.open).toBe(0)

    const broken = new FakeTransport()
    broken.record = () => {
      throw new LiverankError('UNUSABLE_DATA', 'nonsense')
    }
    await expect(run(broken, new Clock(), { sessions: 1000 })).rejects.toThrow(
      '20 visits in a row failed, the last with: nonsense',
    )
    expect(broken.open).toBe(0)
    expect(broken.closed).toBe(true)
  })

  it('does not take a defect for a failure of the server', async () => {
    const transport = new FakeTransport()
    transport.record = () => {
      throw new TypeError('a defect')
    }
    await expect(run(transport, new Clock())).rejects.toThrow(TypeError)
  })
})
