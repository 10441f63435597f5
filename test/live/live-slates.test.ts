import type { Repeater } from '@repeaterjs/repeater'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UnavailableError } from '../../src/errors.ts'
import type { LiveSlate, LiveSlatesOptions } from '../../src/live/live-slates.ts'
import type { Service } from '../../src/service/service.ts'
import { PreparedSlate } from '../../src/slate/prepared-slate.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { countFollowers } from '../support/followers.ts'
import { openTestService } from '../support/server.ts'
import { REQUEST } from '../support/slate-request.ts'

// All that the embedded store does between two timers is done by microtasks, so that a test decides when time passes.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const settle = () => vi.advanceTimersByTimeAsync(0)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

const OPTIONS: LiveSlatesOptions = { minIntervalMs: 100, refreshEveryMs: undefined, onlyChanged: false, eventTypes: undefined }

/** Reads all that comes, as fast as it comes. */
function readAll(stream: Repeater<LiveSlate>) {
  const slates: LiveSlate[] = []
  const ended = (async () => {
    for await (const slate of stream) slates.push(slate)
  })()
  ended.catch(() => {})
  return { slates, ended }
}

async function openShop(): Promise<Service> {
  const service = await openTestService()
  await service.uploads.upsertItems(['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: {} })))
  return service
}

async function record(service: Service, eventType = 'view', itemId: string | undefined = 'i1'): Promise<number> {
  const [outcome] = await service.ingest.record([{ userId: 'me', eventType, itemId }])
  if (!('userVersion' in outcome)) throw new Error(outcome.status)
  return outcome.userVersion
}

/** A stream that has brought its first slate, and has been quiet for long. */
async function follow(service: Service, options: Partial<LiveSlatesOptions> = {}, request: Partial<SlateRequest> = {}) {
  const stream = service.liveSlates.subscribe({ ...REQUEST, ...request }, { ...OPTIONS, ...options })
  const { slates, ended } = readAll(stream)
  await settle()
  expect(slates.map(({ trigger }) => trigger)).toEqual(['INITIAL'])
  await pass(1000)
  return { stream, slates, ended }
}

describe('a live slate', () => {
  it('comes at once, and again at once after the first change that follows a quiet time', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    const version = await record(service)
    await settle()
    expect(slates).toHaveLength(2)
    expect(slates[1]).toMatchObject({ trigger: 'EVENT', version })
  })

  it('answers a burst of 50 events with the state after the first one and, when the interval ends, with the newest state', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    const first = await record(service)
    let last = first
    for (let event = 2; event <= 50; event++) last = await record(service)
    expect(last).toBe(first + 49)
    await pass(99)
    expect(slates.map(({ version }) => version)).toEqual([0, first])
    await pass(1)
    expect(slates.map(({ version }) => version)).toEqual([0, first, last])
    await pass(10_000)
    expect(slates).toHaveLength(3)
  })

  it('respects the interval after the first slate too', async () => {
    const service = await openShop()
    const { slates } = readAll(service.liveSlates.subscribe(REQUEST, { ...OPTIONS, minIntervalMs: 250 }))
    await settle()
    const version = await record(service)
    await pass(249)
    expect(slates).toHaveLength(1)
    await pass(1)
    expect(slates[1]).toMatchObject({ trigger: 'EVENT', version })
  })

  it('comes for every event if the time between events is at least the interval', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    const versions: number[] = [0]
    for (let event = 0; event < 5; event++) {
      versions.push(await record(service))
      await pass(100)
    }
    expect(slates.map(({ version }) => version)).toEqual(versions)
  })

  it('is not triggered by impressions, but the next slate takes them into account', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    await record(service, 'impression')
    await pass(10_000)
    expect(slates).toHaveLength(1)
    const version = await record(service)
    await settle()
    expect(slates.map((slate) => slate.version)).toEqual([0, version])
  })

  it.each([
    { eventTypes: ['purchase'], bring: ['purchase'] },
    { eventTypes: ['impression', 'view'], bring: ['impression', 'view'] },
    { eventTypes: [], bring: [] },
    { eventTypes: undefined, bring: ['view', 'purchase', 'never_declared'] },
  ])('is triggered by the event types $eventTypes', async ({ eventTypes, bring }) => {
    const service = await openShop()
    const { slates } = await follow(service, { eventTypes })
    const brought: string[] = []
    for (const eventType of ['impression', 'view', 'purchase', 'never_declared']) {
      const before = slates.length
      await record(service, eventType)
      await pass(1000)
      if (slates.length > before) brought.push(eventType)
    }
    expect(brought).toEqual(bring)
  })

  it("is triggered by an upload of the user's attributes, whatever the event types are", async () => {
    const service = await openShop()
    await service.uploads.uploadOfflineRecommendations([{ segment: 'loyal', items: [{ itemId: 'i2', score: 1 }] }])
    const { slates } = await follow(service, { eventTypes: [] })
    await service.uploads.upsertUsers([{ userId: 'me', attributes: { segment: 'loyal' } }])
    await settle()
    expect(slates).toHaveLength(2)
    expect(slates[1].trigger).toBe('EVENT')
    expect(slates[1].version).toBeGreaterThan(0)
    expect(slates[1].items[0]).toMatchObject({ itemId: 'i2', reason: { code: 'PICKED_FOR_YOU' } })
  })

  it('says whether its items or their order changed', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    await record(service, 'search', undefined)
    await pass(1000)
    await record(service, 'view', 'i3')
    await pass(1000)
    await record(service, 'view', 'i3')
    await pass(1000)
    expect(slates.map(({ changed }) => changed)).toEqual([true, false, true, false])
  })

  it('is not sent if nothing changed and the client wants only changes', async () => {
    const service = await openShop()
    const { slates } = await follow(service, { onlyChanged: true })
    await record(service, 'search', undefined)
    await pass(1000)
    expect(slates).toHaveLength(1)
    const version = await record(service, 'view', 'i3')
    await pass(1000)
    await record(service, 'view', 'i3')
    await pass(1000)
    expect(slates.map((slate) => [slate.version, slate.changed])).toEqual([
      [0, true],
      [version, true],
    ])
  })

  it('is kept and logged only if a stream sends it, and once', async () => {
    const service = await openShop()
    const put = vi.spyOn(service.store, 'putSlate')
    const kept = () => put.mock.calls.map(([{ recommendationId }]) => recommendationId)
    const quiet = await follow(service, { onlyChanged: true })
    expect(kept()).toEqual([quiet.slates[0].recommendationId])
    await record(service, 'search', undefined)
    await pass(1000)
    expect(quiet.slates).toHaveLength(1)
    expect(kept()).toHaveLength(1)
    // It shares the ranking of the one that holds it back, and shows it.
    const shown = await follow(service)
    await record(service, 'search', undefined)
    await pass(1000)
    expect(quiet.slates).toHaveLength(1)
    expect(kept().slice(1)).toEqual(shown.slates.map(({ recommendationId }) => recommendationId))
    expect(service.activity.figures().slates).toBe(4)
  })

  it('comes again after a time without changes if the client asks for this', async () => {
    const service = await openShop()
    const stream = service.liveSlates.subscribe(REQUEST, { ...OPTIONS, refreshEveryMs: 1000 })
    const { slates } = readAll(stream)
    await pass(999)
    expect(slates).toHaveLength(1)
    await pass(1)
    expect(slates[1].trigger).toBe('REFRESH')
    await pass(600)
    await record(service)
    await pass(999)
    expect(slates.map(({ trigger }) => trigger)).toEqual(['INITIAL', 'REFRESH', 'EVENT'])
    await pass(1)
    expect(slates.map(({ trigger }) => trigger)).toEqual(['INITIAL', 'REFRESH', 'EVENT', 'REFRESH'])
    expect(slates[3].recommendationId).not.toBe(slates[2].recommendationId)
  })

  it('never goes back to an older version', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    await record(service)
    await pass(1000)
    const prepare = service.recommender.prepare.bind(service.recommender)
    const stale = vi.spyOn(service.recommender, 'prepare').mockImplementationOnce(async (request, trigger) => {
      const { slate, life } = await prepare(request, trigger)
      const older = { ...slate, version: slate.version - 2 }
      return new PreparedSlate(
        older,
        life,
        async () => older,
        () => {},
      )
    })
    await record(service)
    await pass(1000)
    expect(stale).toHaveBeenCalledTimes(1)
    expect(slates).toHaveLength(2)
    const version = await record(service)
    await pass(1000)
    expect(slates).toHaveLength(3)
    expect(slates[2].version).toBe(version)
  })

  it('is ranked once for devices with the same request, and separately for others', async () => {
    const service = await openShop()
    const phone = await follow(service)
    const tablet = await follow(service)
    const watch = await follow(service, {}, { first: 1 })
    const ranked = vi.spyOn(service.recommender, 'prepare')
    await record(service)
    await settle()
    expect(ranked).toHaveBeenCalledTimes(2)
    expect(tablet.slates[1].recommendationId).toBe(phone.slates[1].recommendationId)
    expect(watch.slates[1].recommendationId).not.toBe(phone.slates[1].recommendationId)
    // A later change is another ranking.
    const version = await record(service)
    await pass(100)
    expect(phone.slates[2]).toMatchObject({ version })
    expect(tablet.slates[2].recommendationId).toBe(phone.slates[2].recommendationId)
    expect(phone.slates[2].recommendationId).not.toBe(phone.slates[1].recommendationId)
  })
})

describe('a slow reader', () => {
  it('gets no further slate until it reads, and then one of the newest state', async () => {
    const service = await openShop()
    const ranked = vi.spyOn(service.recommender, 'prepare')
    const stream = service.liveSlates.subscribe(REQUEST, { ...OPTIONS, minIntervalMs: 0 })
    expect(await stream.next()).toMatchObject({ value: { trigger: 'INITIAL' } })
    let version = 0
    for (let event = 0; event < 50; event++) {
      version = await record(service)
      await pass(1000)
    }
    expect(ranked).toHaveBeenCalledTimes(1)
    expect(await stream.next()).toMatchObject({ value: { trigger: 'EVENT', version } })
    expect(ranked).toHaveBeenCalledTimes(2)
    const next = stream.next()
    await pass(10_000)
    expect(ranked).toHaveBeenCalledTimes(2)
    await stream.return()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

describe('a stream whose store goes away', () => {
  const away = new UnavailableError('The store did not answer.')

  it('stays open, and sends the newest state when the store is back', async () => {
    const service = await openShop()
    const { slates } = await follow(service)
    const read = vi.spyOn(service.store, 'readRows').mockRejectedValue(away)
    const version = await record(service)
    await pass(5000)
    expect(slates).toHaveLength(1)
    expect(read.mock.calls.length).toBeGreaterThan(2)
    read.mockRestore()
    await pass(500)
    expect(slates[1]).toMatchObject({ trigger: 'EVENT', version })
  })

  it('ends with the error if not even the first slate can be made, and no longer follows the user', async () => {
    const service = await openShop()
    const followers = countFollowers(service.signals)
    vi.spyOn(service.store, 'readRows').mockRejectedValue(away)
    const stream = service.liveSlates.subscribe(REQUEST, OPTIONS)
    await expect(stream.next()).rejects.toBe(away)
    await settle()
    expect(followers.count).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends with the error if it is a defect', async () => {
    const service = await openShop()
    const followers = countFollowers(service.signals)
    const { ended } = await follow(service)
    const defect = new TypeError('a defect')
    vi.spyOn(service.recommender, 'prepare').mockRejectedValue(defect)
    await record(service)
    await expect(ended).rejects.toBe(defect)
    await settle()
    expect(followers.count).toBe(0)
  })
})

describe('the end of a stream', () => {
  it('leaves no follower and no timer, whatever the stream is waiting for', async () => {
    const service = await openShop()
    const followers = countFollowers(service.signals)
    const quiet = await follow(service)
    const refreshed = await follow(service, { refreshEveryMs: 60_000 })
    const throttled = await follow(service, { minIntervalMs: 60_000 })
    await record(service)
    const unread = service.liveSlates.subscribe(REQUEST, OPTIONS)
    await unread.next()
    await settle()
    expect(followers.count).toBe(4)
    for (const { stream, ended } of [quiet, refreshed, throttled]) {
      await stream.return()
      await ended
    }
    await unread.return()
    // The cache of rankings reads the time once a millisecond.
    await pass(1)
    expect(followers.count).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can come before its first slate', async () => {
    const service = await openShop()
    const followers = countFollowers(service.signals)
    const stream = service.liveSlates.subscribe(REQUEST, OPTIONS)
    const first = stream.next()
    await stream.return()
    await first
    await settle()
    expect(followers.count).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
