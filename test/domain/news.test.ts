import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { news } from '../../src/domain/news.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent, LoggedItem } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { DAY } from '../../src/time-units.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { Shop } from '../support/features.ts'
import type { OpenedService } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/data/deskdrop')
const present = existsSync(FOLDER)
if (!present) console.warn(`News is not tested on a real log, since ${FOLDER} is not here.`)
/** Of 72,312 events: the first weeks. */
const EVENTS = 6000

describe('the news domain', () => {
  it('counts reactions as goals, over views', async () => {
    const shop = await Shop.open({ domain: news })
    await shop.view('i1', 'i1', 'i2', 'i2')
    await shop.record({ eventType: 'share', itemId: 'i1' })
    // The shop: 1 goal of 4 views; m = 20.
    expect(await shop.features('item_goal_rate_7d', { itemIds: ['i1', 'i2'] })).toEqual([
      expect.closeTo((1 + 5) / (2 + 20), 6),
      expect.closeTo((0 + 5) / (2 + 20), 6),
    ])
  })

  it('has topics of articles, and the topics that a reader likes', async () => {
    const shop = await Shop.open({ domain: news })
    await shop.upsert('i1', { topic: ['space', 'physics'], author: 'a' })
    await shop.upsert('i2', { topic: 'space' })
    await shop.view('i1')
    expect(await shop.feature('pair_topic_share', 'i2')).toBeCloseTo(0.5, 6)
    expect(await shop.feature('topic_popularity_1d', 'i2')).toBeCloseTo(1, 6)
    expect(await shop.breakdown('user_author_share')).toEqual([{ key: 'a', value: 1 }])
  })

  it('forgets the events of an article after two weeks', async () => {
    const shop = await Shop.open({ domain: news })
    await shop.view('i1')
    shop.clock.advance(14 * DAY)
    expect(await shop.feature('item_views')).toBe(1)
    shop.clock.advance(1)
    expect(await shop.feature('item_views')).toBe(0)
  })
})

describe.skipIf(!present)('news on a real log (deskdrop)', () => {
  const log = async () => {
    const data = new DataFolder(FOLDER)
    const events: LoggedEvent[] = []
    for await (const event of data.events(noProblems())) {
      events.push(event)
      if (events.length === EVENTS) break
    }
    const described = new Map<string, LoggedItem>()
    for await (const item of data.items()) described.set(item.itemId, item)
    const itemIds = [...new Set(events.flatMap(({ itemId }) => (typeof itemId === 'string' ? [itemId] : [])))]
    return { events, items: itemIds.map((itemId) => described.get(itemId) ?? { itemId, attributes: {} }) }
  }

  const play = async (service: OpenedService, { events, items }: Awaited<ReturnType<typeof log>>) => {
    expect((await service.uploads.upsertItems(items)).errors).toEqual([])
    for (let start = 0; start < events.length; start += 500) {
      const outcomes = await service.ingest.record(events.slice(start, start + 500))
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
    }
    await service.store.settle()
  }

  bothStoresWhenLong((open) => {
    it('accepts every event, uses sections and authors, and makes a sensible slate', async () => {
      const { events, items } = await log()
      const clock = new SettableClock(events[0].timestamp, true)
      const service = await open({ clock, domain: news, dataDir: null })
      await play(service, { events, items })
      const types = new Set(events.map(({ eventType }) => eventType))
      expect([...types].filter((type) => !Object.hasOwn(news.eventTypes, type))).toEqual([])

      const reader = events.at(-1)!
      const { items: slate, warnings } = await service.recommender.recommend(
        { ...REQUEST, userId: reader.userId, first: 10 },
        'INITIAL',
      )
      expect(warnings).toEqual([])
      expect(slate).toHaveLength(10)
      expect(new Set(slate.map(({ itemId }) => itemId)).size).toBe(10)
      // What others read close to what this one read comes first; an article of last month does not come at all.
      expect(slate[0].sources.map(({ name }) => name)).toContain('item_to_item')
      const lastRead = new Map(events.map(({ itemId, timestamp }) => [itemId, timestamp]))
      for (const { itemId } of slate) expect(clock.now() - lastRead.get(itemId)!).toBeLessThan(14 * DAY)

      // A reader without history sees what many read in these days.
      const popular = new Map<string, number>()
      for (const { itemId, timestamp } of events)
        if (typeof itemId === 'string' && timestamp > clock.now() - 2 * DAY) popular.set(itemId, (popular.get(itemId) ?? 0) + 1)
      const top = [...popular].sort((a, b) => b[1] - a[1]).slice(0, 20)
      const { items: forAll } = await service.recommender.recommend({ ...REQUEST, userId: 'newcomer', first: 10 }, 'INITIAL')
      const overlap = forAll.filter(({ itemId }) => top.some(([known]) => known === itemId))
      expect(overlap.length).toBeGreaterThanOrEqual(5)
    })
  })
})
