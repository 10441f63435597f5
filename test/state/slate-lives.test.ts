import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { linkJournal } from '../../src/state/embedded/link-journal.ts'
import { decodeServed } from '../../src/state/slate-codec.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { onRedis } from '../support/each-store.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function serve(service: OpenedService, userId = 'me'): Promise<string> {
  await service.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
  const { recommendationId } = await service.recommender.recommend({ ...REQUEST, userId }, 'INITIAL')
  return recommendationId
}

async function warningsOf(service: OpenedService, recommendationId: string, userId = 'me'): Promise<string[]> {
  const event = { userId, eventType: 'impression', recommendationId, positions: [1] }
  const [outcome] = await service.ingest.record([event])
  return outcome.status === 'RECORDED' ? outcome.warnings.map(({ code }) => code) : [outcome.status]
}

const isKept = async ({ store }: OpenedService, id: string) => (await store.getSlate(id)) !== undefined

describe('a slate on the embedded store', () => {
  it('is kept for an hour, or for a day if an event named it', async () => {
    const service = await openOn(undefined)
    const [unnamed, named] = [await serve(service), await serve(service)]
    service.clock.advance(59 * MINUTE)
    expect(await warningsOf(service, named)).toEqual([])
    expect(await isKept(service, unnamed)).toBe(true)
    service.clock.advance(2 * MINUTE)
    expect([await isKept(service, unnamed), await isKept(service, named)]).toEqual([false, true])
    expect(await warningsOf(service, unnamed)).toContain('UNKNOWN_SLATE')
    service.clock.advance(22 * HOUR)
    await serve(service)
    expect(await warningsOf(service, named)).toEqual([])
    service.clock.advance(HOUR)
    await serve(service)
    expect(await isKept(service, named)).toBe(false)
  })

  it('is not kept longer because another user names it', async () => {
    const service = await openOn(undefined)
    const id = await serve(service)
    expect(await warningsOf(service, id, 'other')).toContain('UNKNOWN_SLATE')
    service.clock.advance(61 * MINUTE)
    expect(await isKept(service, id)).toBe(false)
  })

  it.each(['journal', 'snapshot'])('stays named after a start that reads its %s', async (source) => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const first = await openOn(undefined, { dataDir, clock, ...(source === 'snapshot' && { snapshotEvery: 0.0001 }) })
    const [unnamed, named] = [await serve(first), await serve(first)]
    expect(await warningsOf(first, named)).toEqual([])
    await first.close()
    clock.advance(2 * HOUR)
    const again = await openOn(undefined, { dataDir, clock })
    expect([await isKept(again, unnamed), await isKept(again, named)]).toEqual([false, true])
    expect(await warningsOf(again, named)).toEqual([])
  })
})

describe('more slates than the embedded store has memory for', () => {
  const MANY = 240
  const text = 'x'.repeat(20_000)

  /** Slates of two users in turn: about 5 MB, of which 1 MB fits. */
  async function serveMany({ store, clock }: OpenedService): Promise<void> {
    for (let n = 0; n < MANY; n++) {
      const [recommendationId, userId] = [`00-${n}`, n % 2 === 0 ? 'ann' : 'bob']
      const slate = { recommendationId, userId, surface: 'home', items: [{ itemId: `i${n}` }], text }
      await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
    }
  }
  const filesIn = async (dataDir: string) => (await readdir(dataDir)).filter((name) => name.startsWith('slates-'))
  const isNamedIn = async (dataDir: string, userId: string) => {
    for (const name of await readdir(dataDir)) {
      const path = join(dataDir, name)
      if (/^(slates|snapshot|journal)/.test(name) && (await readFile(path)).includes(`"userId":"${userId}"`)) return true
    }
    return false
  }
  const expectAll = async (service: OpenedService, without: (n: number) => boolean = () => false) => {
    for (let n = 0; n < MANY; n++) {
      const bytes = await service.store.getSlate(`00-${n}`)
      expect(bytes && decodeServed(bytes).items, `slate ${n}`).toEqual(without(n) ? undefined : [`i${n}`])
    }
  }

  it('are all found, even after a stop and after a crash', async () => {
    const dataDir = await temporaryDirectory()
    const crashed = await temporaryDirectory()
    const clock = new SettableClock()
    const options = { clock, slatesMemory: 1, snapshotEvery: 2 }
    const service = await openOn(undefined, { ...options, dataDir })
    await serveMany(service)
    await expectAll(service)
    expect(await warningsOf(service, '00-0', 'ann')).toEqual([])
    expect((await filesIn(dataDir)).length).toBeGreaterThan(2)
    expect(service.storeFigures().memory!.bytes().slates).toBeLessThan(2.5 * 2 ** 20)
    // As a crash leaves the folder: copied while the store is open.
    await linkJournal(dataDir, crashed)
    await service.close()
    for (const folder of [dataDir, crashed]) {
      const again = await openOn(undefined, { ...options, dataDir: folder })
      await expectAll(again)
      clock.advance(2 * HOUR)
      expect([await isKept(again, '00-0'), await isKept(again, '00-1')]).toEqual([true, false])
      await again.close()
      clock.advance(-2 * HOUR)
    }
  })

  it('of an erased user are removed from the files, and do not return after a start', async () => {
    const dataDir = await temporaryDirectory()
    const options = { dataDir, clock: new SettableClock(), slatesMemory: 1, archiveDir: '' }
    const service = await openOn(undefined, options)
    await service.ingest.record([{ userId: 'ann', eventType: 'session_start' }])
    await serveMany(service)
    const exported: string[] = []
    for await (const { recommendationId } of service.store.personalData.slatesOf('ann')) exported.push(recommendationId)
    expect(exported).toHaveLength(MANY / 2)
    expect(await isNamedIn(dataDir, 'ann')).toBe(true)
    await service.erasures.erase('ann')
    await expectAll(service, (n) => n % 2 === 0)
    expect(await isNamedIn(dataDir, 'ann')).toBe(false)
    expect(await isNamedIn(dataDir, 'bob')).toBe(true)
    await service.close()
    await expectAll(await openOn(undefined, options), (n) => n % 2 === 0)
  })
})

onRedis('a slate on Redis', (open, server) => {
  const lifeOf = async (service: OpenedService, id: string): Promise<number> => {
    const redis = new Redis(server().url)
    try {
      const [key] = await redis.keys(`${service.prefix}:*:slate:${id}`)
      return key === undefined ? 0 : await redis.pttl(key)
    } finally {
      redis.disconnect()
    }
  }
  const near = (ms: number) => [ms - MINUTE, ms] as const

  it('is kept for an hour, or for a day after the first event that named it', async () => {
    const service = await open()
    const id = await serve(service)
    const [least, most] = near(HOUR)
    expect(await lifeOf(service, id)).toSatisfy((life: number) => life > least && life <= most)
    const [leastNamed, mostNamed] = near(24 * HOUR)
    for (const process of [service, await open({ prefix: service.prefix })]) {
      expect(await warningsOf(process, id)).toEqual([])
      // The second time it is no longer than the first.
      expect(await lifeOf(service, id)).toSatisfy((life: number) => life > leastNamed && life <= mostNamed)
    }
  })

  it('of an id that was merged into another is named by events of its owner', async () => {
    const service = await open()
    const id = await serve(service, 'device')
    await service.ingest.record([{ userId: 'device', eventType: 'session_start' }])
    await service.people.merge('device', 'owner')
    expect(await warningsOf(service, id, 'device')).toEqual([])
    expect(await lifeOf(service, id)).toBeGreaterThan(23 * HOUR)
  })
})
