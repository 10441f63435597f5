import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { chosenFeatures } from '../../../lab/learning/chosen-features.ts'
import { makeDataset } from '../../../lab/learning/make-dataset.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import type { RecordedLog } from '../../../lab/learning/recorded-log.ts'
import { type ShownSlate, ShownSlates } from '../../../lab/learning/shown-slates.ts'
import type { Played, SeenEvent } from '../../../lab/learning/training-log.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { AccumulatorSet } from '../../../src/accumulators/accumulator-set.ts'
import { featureMatrix } from '../../../src/accumulators/feature-matrix.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { SlateRequest } from '../../../src/slate/slate.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import { DAY, HOUR, MINUTE } from '../../../src/time-units.ts'
import { serveShop } from '../../support/served-shop.ts'
import { type OpenedService, onRedis, openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const startsAt = Date.UTC(2024, 5, 3)
const shop = createShop({ seed: 8, items: 60, categories: 4, startsAt, days: 2 })
const shoppers = createShoppers(shop, { seed: 8, count: 90, days: 2 })
const names = chosenFeatures('all', new AccumulatorSet(eCommerce.accumulators))

/** The rows of these items, as the service would feed them to a model. */
async function vectorsOf(
  { recommender }: Played,
  request: SlateRequest,
  itemIds: readonly string[],
): Promise<Map<string, number[]>> {
  const { features } = new AccumulatorSet(eCommerce.accumulators)
  const { gathered, input } = await recommender.candidates(request, itemIds)
  const matrix = featureMatrix(
    names.map((name) => features.get(name)!),
    input,
  )
  const row = (at: number) => Array.from(matrix.subarray(at * names.length, (at + 1) * names.length))
  return new Map(gathered.itemIds.map((itemId, at) => [itemId, row(at)]))
}

interface Served {
  readonly itemIds: readonly string[]
  readonly vectors: ReadonlyMap<string, readonly number[]>
}

/** Two days of a shop, and what each of its slates was made from. */
async function served(service: OpenedService, days = 2): Promise<Map<string, Served>> {
  const slates = new Map<string, Served>()
  await serveShop(service, {
    shop,
    shoppers,
    seed: 8,
    run: 'r',
    from: startsAt,
    until: startsAt + days * DAY,
    answer: async (request) => {
      const vectors = await vectorsOf(service, request, [])
      const slate = await service.recommender.recommend(request, 'INITIAL')
      slates.set(slate.recommendationId, { itemIds: slate.items.map(({ itemId }) => itemId), vectors })
      return slate
    },
  })
  return slates
}

async function openLog(folder: string, archive?: string, domain = eCommerce): Promise<RecordedLog> {
  const [log] = await openLogs([folder], { domain, archive, scratch: join(await temporaryDirectory(), 'held') })
  return log as RecordedLog
}

async function eventsOf(log: RecordedLog, problems = noProblems()): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = []
  for await (const event of log.events(problems)) seen.push(event)
  return seen
}

async function shownIn(log: RecordedLog): Promise<Map<number, ShownSlate>> {
  const slates = new Map<number, ShownSlate>()
  const found = new ShownSlates(eCommerce, DAY, undefined, (slate) => slates.set(slate.decision, slate))
  for (const [number, { event, slate, ignored }] of (await eventsOf(log)).entries()) {
    if (!ignored) found.add(number, event, slate)
  }
  found.end()
  return slates
}

/** Fails unless each slate that was seen is found again with the very vectors that it was made from. @returns how many were */
async function expectVectorsAsServed(log: RecordedLog, slates: ReadonlyMap<string, Served>): Promise<number> {
  let compared = 0
  await log.playShown(await shownIn(log), Number.POSITIVE_INFINITY, async ({ recommendationId, items }, request, played) => {
    const { itemIds, vectors } = slates.get(recommendationId!)!
    expect(items.map(({ itemId }) => itemId)).toEqual(itemIds.slice(0, items.length))
    expect(await vectorsOf(played, request, [])).toEqual(vectors)
    compared++
  })
  return compared
}

describe("the embedded store's own log", () => {
  it('gives back the vectors that every slate was made from, and becomes a training set of either label', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt) })
    const slates = await served(service)
    // While the service goes on.
    const log = await openLog(dataDir)
    expect(await expectVectorsAsServed(log, slates)).toBeGreaterThan(200)
    for (const label of ['impressions', 'next_item'] as const) {
      const splits = await makeDataset(await temporaryDirectory(), {
        logs: [log],
        domain: eCommerce,
        features: 'portable',
        openings: false,
        label,
        window: HOUR,
        decisions: 1e6,
        negatives: 20,
        until: 1,
        seed: 7,
        log: () => {},
      })
      for (const split of Object.values(splits)) expect(split.decisions).toBeGreaterThan(10)
    }
  })

  it('knows the surfaces already: an attribute that is to name them is for other logs', async () => {
    const dataDir = await temporaryDirectory()
    await (await openOn(undefined, { dataDir })).close()
    const opened = openLogs([dataDir], {
      domain: eCommerce,
      archive: undefined,
      scratch: await temporaryDirectory(),
      surfaceAttribute: 'tab',
    })
    await expect(opened).rejects.toThrow(/--surface-attribute is for logs from elsewhere, but .* was recorded by the service/)
  })

  it('is whole with its archive, and begins with a snapshot where segments are gone', async () => {
    for (const archiveDir of [undefined, '']) {
      const dataDir = await temporaryDirectory()
      const service = await openOn(undefined, {
        dataDir,
        clock: new SettableClock(startsAt),
        snapshotEvery: 0.25,
        ...(archiveDir !== undefined && { archiveDir }),
      })
      const slates = await served(service)
      await service.close()
      const names = await readdir(dataDir)
      expect(names.some((name) => name.startsWith('snapshot-'))).toBe(true)
      expect(names).not.toContain('journal-000001.jsonl')
      const compared = await expectVectorsAsServed(await openLog(dataDir), slates)
      const whole = [...(await shownIn(await openLog(dataDir))).values()].length
      expect(compared).toBe(whole)
      if (archiveDir === undefined) expect(compared).toBeGreaterThan(100)
      else expect(compared).toBeGreaterThan(5)
    }
  })

  it('knows items, rules and lists from when they were uploaded, and not before', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt) })
    const { clock, uploads, ingest, recommender } = service
    const asked: [SlateRequest, string, Map<string, number[]>][] = []
    const ask = async () => {
      const request = { userId: 'ann', first: 5, surface: 'home', device: 'phone', anchorItemIds: ['a'], sessionId: 's' }
      const vectors = await vectorsOf(service, request, [])
      const { recommendationId } = await recommender.recommend(request, 'INITIAL')
      await ingest.record([
        { eventId: `seen-${asked.length}`, userId: 'ann', eventType: 'impression', recommendationId, positions: [1, 2] },
      ])
      asked.push([request, recommendationId, vectors])
      clock.advance(MINUTE)
    }
    await uploads.upsertItems(['a', 'b', 'c'].map((itemId) => ({ itemId, attributes: { category: 'x', price: 3 } })))
    for (const [n, itemId] of ['a', 'b', 'c', 'a', 'b'].entries()) {
      await ingest.record([{ eventId: `e${n}`, userId: n < 3 ? 'ann' : 'bob', eventType: 'view', itemId }])
    }
    await ask()
    await uploads.upsertItems([{ itemId: 'b', attributes: { category: 'y', price: 9 } }])
    await ask()
    await uploads.upsertItems([{ itemId: 'c', attributes: { category: 'x' }, available: false }])
    await ask()
    await service.close()
    const compared: string[] = []
    const log = await openLog(dataDir)
    await log.playShown(await shownIn(log), 1e9, async ({ recommendationId }, request, played) => {
      const [made, id, vectors] = asked[compared.length]
      expect(recommendationId).toBe(id)
      expect({ ...request, first: 5 }).toEqual(made)
      expect(await vectorsOf(played, request, [])).toEqual(vectors)
      compared.push(id)
    })
    expect(compared).toHaveLength(3)
    expect(asked[1][2]).not.toEqual(asked[0][2])
    expect(asked[2][2].has('c')).toBe(false)
  })

  it('has no labels of who was erased, nor of what was logged and not counted', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), domain: eCommerce })
    const { uploads, ingest, recommender, store } = service
    await uploads.upsertItems(['a', 'b', 'c'].map((itemId) => ({ itemId, attributes: {} })))
    let sent = 0
    const visit = async (userId: string, eventAttributes: Record<string, string> = {}) => {
      const request = { userId, first: 3, surface: 'home', device: undefined, sessionId: undefined }
      const { recommendationId, items } = await recommender.recommend(request, 'INITIAL')
      const named = { userId, recommendationId, eventAttributes }
      await ingest.record([{ ...named, eventId: `e${sent++}`, eventType: 'impression', positions: [1, 2, 3] }])
      await ingest.record([{ ...named, eventId: `e${sent++}`, eventType: 'click', itemId: items[1].itemId }])
    }
    await visit('ann')
    await visit('bob')
    await visit('staff', { traffic: 'staff' })
    const before = await readFile(join(dataDir, 'journal.jsonl'), 'utf8')
    await store.erase([[{ kind: 'user', id: 'ann' }]])
    await service.close()
    // As a crash in the middle of the erasure leaves it: what was recorded is still there, and that it was erased.
    const after = await temporaryDirectory()
    await writeFile(join(after, 'journal.jsonl'), `${before}{"kind":"erase","of":"user","id":"ann","at":${startsAt}}\n`)
    for (const folder of [dataDir, after]) {
      const log = await openLog(folder)
      const shown = [...(await shownIn(log)).values()]
      expect(shown.map(({ items }) => items.map(({ grade }) => grade))).toEqual([[0, 1, 0]])
      const told = (await eventsOf(log)).filter(({ ignored }) => !ignored)
      expect(new Set(told.map(({ event }) => event.userId))).toEqual(new Set(['bob']))
    }
  })

  it('has no labels of users without consent, under any of their ids', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), domain: eCommerce })
    const { uploads, ingest, merges } = service
    const decide = (userId: string, consent: boolean) => uploads.upsertUsers([{ userId, consent, attributes: {} }])
    const view = (userId: string) =>
      ingest.record([{ userId, eventId: `e-${userId}`, eventType: 'view', itemId: 'a', timestamp: startsAt }])
    for (const userId of ['given', 'withdrawn', 'joined', 'phone', 'silent', 'erased']) await view(userId)
    await decide('given', true)
    await decide('withdrawn', true)
    await decide('withdrawn', false)
    await decide('phone', true)
    await merges.merge('phone', 'joined')
    await decide('erased', true)
    await service.erasures.erase('erased')
    await service.close()
    const usersOf = async (consent: 'assumed' | 'required') => {
      const told = (await eventsOf(await openLog(dataDir, undefined, { ...eCommerce, consent }))).filter(
        ({ ignored }) => !ignored,
      )
      return [...new Set(told.map(({ event }) => event.userId))].sort()
    }
    expect(await usersOf('assumed')).toEqual(['given', 'joined', 'silent'])
    expect(await usersOf('required')).toEqual(['given', 'joined'])
  })

  it('follows users whose id became another', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt) })
    const { uploads, ingest, recommender, merges } = service
    await uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: {} })))
    const request = {
      userId: 'guest',
      first: 2,
      surface: 'home',
      device: undefined,
      sessionId: undefined,
    }
    const { recommendationId, items } = await recommender.recommend(request, 'INITIAL')
    await ingest.record([{ eventId: 'e1', userId: 'guest', eventType: 'impression', recommendationId, positions: [1, 2] }])
    await merges.merge('guest', 'ann')
    await ingest.record([
      { eventId: 'e2', userId: 'ann', eventType: 'click', recommendationId, itemId: items[1].itemId },
      { eventId: 'e3', userId: 'guest', eventType: 'view', itemId: items[1].itemId },
    ])
    await service.close()
    const log = await openLog(dataDir)
    expect([...(await shownIn(log)).values()].map((slate) => slate.items.map(({ grade }) => grade))).toEqual([[0, 1]])
    expect(new Set((await eventsOf(log)).map(({ event }) => event.userId))).toEqual(new Set(['ann']))
  })

  it('tells nothing of items over the limit of an hour, and plays the state that the service had', async () => {
    const dataDir = await temporaryDirectory()
    const domain = { ...eCommerce, limits: { ...eCommerce.limits, eventsPerItemAndHour: 2 } }
    const service = await openOn(undefined, { dataDir, domain, clock: new SettableClock(startsAt) })
    const { uploads, ingest, recommender, clock } = service
    await uploads.upsertItems(['a', 'b', 'c'].map((itemId) => ({ itemId, attributes: {} })))
    const request = { userId: 'ann', first: 3, surface: 'home', device: undefined, sessionId: undefined }
    const { recommendationId, items } = await recommender.recommend(request, 'INITIAL')
    const [first] = items
    const named = { userId: 'ann', recommendationId }
    const view = (eventId: string) => ({ eventId, userId: 'ann', eventType: 'view', itemId: first.itemId })
    await ingest.record([view('e1'), view('e2')])
    await ingest.record([{ ...named, eventId: 'e3', eventType: 'impression', positions: [1, 2, 3] }])
    const [over] = await ingest.record([{ ...named, eventId: 'e4', eventType: 'click', itemId: first.itemId }])
    expect(over).toMatchObject({ notCounted: 'ITEM_CAP' })
    clock.advance(MINUTE)
    const second = await recommender.recommend(request, 'INITIAL')
    const vectors = await vectorsOf(service, request, [])
    await ingest.record([
      { ...named, recommendationId: second.recommendationId, eventId: 'e5', eventType: 'impression', positions: [2] },
    ])
    await service.close()
    const log = await openLog(dataDir)
    const events = await eventsOf(log)
    expect(events.map(({ event, ignored }) => [event.eventId, event.positions, ignored])).toEqual([
      ['e1', undefined, false],
      ['e2', undefined, false],
      ['e3', [2, 3], false],
      ['e4', undefined, true],
      ['e5', [2], false],
    ])
    const played: unknown[] = []
    await log.playShown(await shownIn(log), Number.POSITIVE_INFINITY, async (slate, asked, state) => {
      if (slate.recommendationId === second.recommendationId) played.push(await vectorsOf(state, asked, []))
    })
    expect(played).toEqual([vectors])
  })

  it('counts and names broken lines, and refuses more than one in a thousand', async () => {
    const dataDir = await temporaryDirectory()
    const path = join(dataDir, 'journal.jsonl')
    const seen = (n: number) => ({
      event: { eventId: `e${n}`, userId: 'ann', eventType: 'view', timestamp: startsAt + n },
      facts: { items: [] },
    })
    const entry = (n: number) => ({
      kind: 'events',
      userId: 'ann',
      version: n + 1,
      recordedAt: startsAt + n,
      events: [seen(n)],
      increments: [],
    })
    const layout = { kind: 'layout', format: 1, names: { item: [], attribute: [] } }
    const lines = [layout, ...Array.from({ length: 2500 }, (_, n) => entry(n))].map((line) => JSON.stringify(line))
    lines[7] = '{"kind":"events","userId":"ann"}'
    lines[1900] = 'nothing of ours'
    await writeFile(path, `${lines.join('\n')}\n`)
    const problems = noProblems()
    expect(await eventsOf(await openLog(dataDir), problems)).toHaveLength(2498)
    expect(problems).toMatchObject({ lines: 2501, broken: 2 })
    expect(problems.named).toEqual([
      expect.stringContaining(`${path}:8: not a log entry of format 1 (version`),
      expect.stringContaining(`${path}:1901: the line is not JSON`),
    ])
    await appendFile(path, 'x\n'.repeat(20))
    await expect(openLog(dataDir)).rejects.toThrow(/22 of 2521 lines are broken, more than one in a thousand: repair or remove/)
  })

  it('that lacks a segment says what to do', async () => {
    const dataDir = await temporaryDirectory()
    const line = '{"kind":"layout","format":1,"names":{"item":[],"attribute":[]}}\n'
    for (const number of [2, 3]) await writeFile(join(dataDir, `journal-00000${number}.jsonl`), line)
    await expect(openLog(dataDir)).rejects.toThrow(/cannot be read from its beginning, nor from a snapshot.*set ARCHIVE_DIR/)
  })
})

onRedis("the archive of Redis's log", (open) => {
  it('gives back the vectors that every slate was made from', async () => {
    const archive = await temporaryDirectory()
    const service = await open({ clock: new SettableClock(startsAt) })
    const slates = new Map<string, Served>()
    await serveShop(service, {
      shop,
      shoppers: shoppers.slice(0, 40),
      seed: 8,
      run: 'r',
      from: startsAt,
      until: startsAt + DAY,
      answer: async (request) => {
        await service.store.settle()
        const vectors = await vectorsOf(service, request, [])
        const slate = await service.recommender.recommend(request, 'INITIAL')
        slates.set(slate.recommendationId, { itemIds: slate.items.map(({ itemId }) => itemId), vectors })
        return slate
      },
    })
    await service.store.settle()
    const connection = connectRedis({ url: service.redisUrl! }, () => {})
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const lengths = () =>
      Promise.all(Array.from({ length: keys.partitioning.partitions }, (_, p) => connection.commands.xlen(keys.log(p))))
    await vi.waitFor(
      async () => {
        await new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {} }).trim()
        expect(await lengths()).toEqual([0, 0, 0, 0])
      },
      { timeout: 10_000, interval: 2 },
    )
    await connection.close()
    expect(await expectVectorsAsServed(await openLog(archive), slates)).toBeGreaterThan(20)
  })
})
