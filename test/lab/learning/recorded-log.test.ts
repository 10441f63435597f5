import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeDataset } from '../../../lab/learning/make-dataset.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { SlateRequest } from '../../../src/slate/slate.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import { DAY, HOUR, MINUTE } from '../../../src/time-units.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { itWhenLong } from '../../support/long.ts'
import { serveShop } from '../../support/served-shop.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import {
  eventsOf,
  expectVectorsAsServed,
  openLog,
  type Served,
  served,
  shop,
  shoppers,
  shownIn,
  startsAt,
  vectorsOf,
} from './served-and-recorded.ts'

describe("the embedded store's own log", () => {
  it('reproduces the vectors of every slate, and gives training sets with either label', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), domain: eCommerce })
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

  it('contains surfaces, so it refuses the option for an attribute that names them', async () => {
    const dataDir = await temporaryDirectory()
    await (await openOn(undefined, { dataDir, domain: eCommerce })).close()
    const opened = openLogs([dataDir], {
      domain: eCommerce,
      archive: undefined,
      scratch: await temporaryDirectory(),
      surfaceAttribute: 'tab',
    })
    await expect(opened).rejects.toThrow(/--surface-attribute is for logs of other systems, but .* was recorded by the service/)
  })

  itWhenLong('is complete with its archive, and begins with a snapshot if segments are missing', async () => {
    for (const archiveDir of [undefined, '']) {
      const dataDir = await temporaryDirectory()
      const service = await openOn(undefined, {
        domain: eCommerce,
        dataDir,
        clock: new SettableClock(startsAt),
        snapshotEvery: 0.25,
        ...(archiveDir !== undefined && { archiveDir }),
      })
      const slates = await served(service, 1)
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

  it('knows items, rules and lists only after their upload', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), domain: eCommerce })
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
    await log.playShown(await shownIn(log), { until: 1e9 }, async ({ recommendationId }, request, played) => {
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
  it('reproduces the vectors of every slate', async () => {
    const archive = await temporaryDirectory()
    const service = await open({ clock: new SettableClock(startsAt), domain: eCommerce })
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
    await eventually(async () => {
      await new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {} }).trim()
      expect(await lengths()).toEqual([0, 0, 0, 0])
    }, 2)
    await connection.close()
    expect(await expectVectorsAsServed(await openLog(archive), slates)).toBeGreaterThan(20)
  })
})
