import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { drive } from '../../../lab/simulation/drive.ts'
import { createPlantedShop } from '../../../lab/simulation/shop-with-shoppers.ts'
import { wallClock } from '../../../src/clock.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { systemRandomness } from '../../../src/random.ts'
import { startServer } from '../../../src/server/server.ts'
import { openService } from '../../../src/service/service.ts'
import type { PreparedSlate } from '../../../src/slate/prepared-slate.ts'
import { JWT_SECRET, token } from '../../support/tokens.ts'

it.each([false, true])('drives a real server through its public API (live: %s)', async (live) => {
  const logger = pino({ level: 'silent' })
  const service = await openService({
    config: {
      REDIS_URL: undefined,
      REDIS_PREFIX: 'lr',
      PARTITIONS: 16,
      SHARDS: 8,
      DURABILITY: 'memory',
      JOURNAL_FSYNC: 'no',
      MODEL_DIR: 'models',
      MODEL: 'default',
      CLOCK: 'wall',
      JWT_SECRET,
    },
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger,
  })
  const server = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
  try {
    const answered = vi.spyOn(service.recommender, 'prepare')
    const size = { seed: 4, items: 60, shoppers: 10, days: 14, startsAt: Date.now() }
    const { shop, shoppers } = createPlantedShop({ ...size, tastes: ['age', 'city', 'size'] })
    const wait = (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => undefined)
    const headers = { authorization: `Bearer ${await token({ role: 'backend' })}` }
    const visits = { sessions: 12, shop, shoppers, seed: 4, concurrency: 4, speed: 1e9, search: true }
    const report = await drive({ url: server.url, headers, live, ...visits, now: Date.now, wait })
    expect(report.failures).toEqual({})
    expect(service.catalogue.itemIds.length).toBeGreaterThan(0)
    expect(report.slates).toBeGreaterThan(12)
    expect(report.events).toBeGreaterThan(50)
    const [shown] = await service.store
      .readRows('attribute', ['attribute:surface=home'])
      .then(({ data }) => [data.some((value) => value > 0)])
    expect(shown).toBe(true)

    const users = shoppers.map(({ userId }, index) => `u${index}: user(userId: "${userId}") { attributes }`)
    const body = JSON.stringify({ query: `{ ${users.join(' ')} }` })
    const asAnalyst = { 'content-type': 'application/json', authorization: `Bearer ${await token({ role: 'analyst' })}` }
    const { data } = await (await fetch(server.url, { method: 'POST', headers: asAnalyst, body })).json()
    const uploaded = shoppers.filter((_, index) => data[`u${index}`] !== null)
    expect(uploaded.length).toBeGreaterThan(3)
    for (const [index, { person }] of shoppers.entries()) expect(data[`u${index}`]?.attributes ?? person).toEqual(person)

    const prepared: PreparedSlate[] = await Promise.all(answered.mock.results.map(({ value }) => value))
    const slates = prepared.map(({ slate }) => slate)
    const pages = slates.filter(({ surface, items }) => surface === 'category' && items.length > 0)
    expect(pages.length).toBeGreaterThan(0)
    for (const { items } of pages) {
      expect(new Set(items.map(({ itemId }) => shop.truthOf(itemId)!.category)).size).toBe(1)
    }
    const asked = answered.mock.calls.map(([request]) => request)
    const searches = slates.map((slate, at) => ({ slate, request: asked[at] })).filter(({ slate }) => slate.surface === 'search')
    expect(searches.length).toBeGreaterThan(0)
    for (const { slate, request } of searches) {
      const { itemIds, scores, isOrdered } = request.given!
      expect(isOrdered).toBe(true)
      expect(scores).toEqual([...scores].sort((left, right) => right! - left!))
      expect(slate.items.length).toBe(Math.min(12, itemIds.length))
      expect(itemIds).toEqual(expect.arrayContaining(slate.items.map(({ itemId }) => itemId)))
    }
  } finally {
    await server.close()
    await service.close()
  }
})
