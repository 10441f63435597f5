import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { MINUTE } from '../../../src/time-units.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { eventsOf, openLog, shownIn, startsAt, vectorsOf } from './served-and-recorded.ts'

describe("the embedded store's own log", () => {
  it('has no labels of erased users, nor of events that were logged but not counted', async () => {
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
    const { uploads, ingest, people } = service
    const decide = (userId: string, consent: boolean) => uploads.upsertUsers([{ userId, consent, attributes: {} }])
    const view = (userId: string) =>
      ingest.record([{ userId, eventId: `e-${userId}`, eventType: 'view', itemId: 'a', timestamp: startsAt }])
    for (const userId of ['given', 'withdrawn', 'joined', 'phone', 'silent', 'erased']) await view(userId)
    await decide('given', true)
    await decide('withdrawn', true)
    await decide('withdrawn', false)
    await decide('phone', true)
    await people.merge('phone', 'joined')
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

  it('follows users whose id was merged into another', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt) })
    const { uploads, ingest, recommender, people } = service
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
    await people.merge('guest', 'ann')
    await ingest.record([
      { eventId: 'e2', userId: 'ann', eventType: 'click', recommendationId, itemId: items[1].itemId },
      { eventId: 'e3', userId: 'guest', eventType: 'view', itemId: items[1].itemId },
    ])
    await service.close()
    const log = await openLog(dataDir)
    expect([...(await shownIn(log)).values()].map((slate) => slate.items.map(({ grade }) => grade))).toEqual([[0, 1]])
    expect(new Set((await eventsOf(log)).map(({ event }) => event.userId))).toEqual(new Set(['ann']))
  })

  it('has no labels of items over their hourly limit, and reproduces the state that the service had', async () => {
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
    await log.playShown(await shownIn(log), { until: Number.POSITIVE_INFINITY }, async (slate, asked, state) => {
      if (slate.recommendationId === second.recommendationId) played.push(await vectorsOf(state, asked, []))
    })
    expect(played).toEqual([vectors])
  })
})
