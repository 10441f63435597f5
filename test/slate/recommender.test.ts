import { describe, expect, it, vi } from 'vitest'
import type { CandidateSource } from '../../src/candidates/source.ts'
import { NEW_FOR } from '../../src/candidates/trending.ts'
import { UnavailableError } from '../../src/errors.ts'
import type { Ranker } from '../../src/ranking/model-ranker.ts'
import type { Service } from '../../src/service/service.ts'
import { parseStoredSlate } from '../../src/slate/parse-stored-slate.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { Recommender } from '../../src/slate/recommender.ts'
import { systemTimers } from '../../src/timers.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { openTestService } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'

const AGE = NEW_FOR + 1000

/** Popular, in this order: a, b, c. Uploaded after them, in this order: d, e. */
async function openShop(): Promise<Service> {
  const clock = new SettableClock()
  const service = await openTestService({ clock })
  for (const itemId of ['a', 'b', 'c', 'd', 'e']) {
    clock.advance(1000)
    await service.uploads.upsertItems([{ itemId, attributes: {} }])
  }
  // None is new any more.
  clock.advance(AGE)
  const views = ['a', 'a', 'a', 'b', 'b', 'c']
  await service.ingest.record(views.map((itemId, i) => ({ userId: `other${i}`, itemId, eventType: 'view' })))
  return service
}

/** The recommender of the service, with this model. */
function recommenderWith(service: Service, score: Ranker['score'], onFallback: (error: Error) => void = () => {}): Recommender {
  const ranker = { name: 'a-model', features: ['item_views'], constants: new Map(), score }
  return new Recommender({ ...service, random: seededRandomness(), partitions: 4, ranker: () => ranker, onFallback })
}

describe('a recommender', () => {
  it('serves the items with the highest scores of the model, and the scores', async () => {
    const service = await openShop()
    const onFallback = vi.fn()
    // What is viewed least.
    const recommender = recommenderWith(service, async (matrix) => matrix.map((views) => 1 / (1 + views)), onFallback)
    const slate = await recommender.recommend(REQUEST, 'INITIAL')
    expect(slate).toMatchObject({ model: 'a-model', fallback: false, warnings: [] })
    expect(slate.items.map(({ itemId, position, score }) => [itemId, position, score])).toEqual([
      ['c', 1, 0.5],
      ['b', 2, Math.fround(1 / 3)],
      ['a', 3, 0.25],
    ])
    expect(onFallback).not.toHaveBeenCalled()
  })

  it('reads no set twice: candidates and features have the neighbours from one read', async () => {
    const service = await openShop()
    await service.ingest.record(['a', 'b'].map((itemId) => ({ userId: REQUEST.userId, itemId, eventType: 'view' })))
    const readSets = vi.spyOn(service.store, 'readSets')
    const { input } = await service.recommender.candidates(REQUEST)
    expect(input.anchors.map(({ itemId }) => itemId)).toEqual(expect.arrayContaining(['a', 'b']))
    expect(input.anchors.some(({ neighbours }) => neighbours.members.length > 0)).toBe(true)
    const read = readSets.mock.calls.flatMap(([reads]) => reads.map(({ entity, set }) => `${set.name} of ${entity}`))
    expect(read).toEqual([...new Set(read)])
  })

  it('falls back to the merged ranks, says so, and reports the error, if the model fails', async () => {
    const service = await openShop()
    const defect = new Error('the session is broken')
    const onFallback = vi.fn()
    const recommender = recommenderWith(service, () => Promise.reject(defect), onFallback)
    const slate = await recommender.recommend(REQUEST, 'INITIAL')
    expect(slate).toMatchObject({ model: undefined, fallback: true })
    expect(slate.items.map(({ itemId }) => itemId)).toEqual(['a', 'b', 'c'])
    expect(onFallback).toHaveBeenCalledExactlyOnceWith(defect)
    // The next one asks the model again.
    const healed = recommenderWith(service, async (matrix) => matrix, onFallback)
    expect(await healed.recommend(REQUEST, 'INITIAL')).toMatchObject({ model: 'a-model', fallback: false })
  })

  it('fails if the store does not answer', async () => {
    const service = await openShop()
    const away = new UnavailableError('Send it again.')
    for (const method of ['readValues', 'readRows', 'readSets'] as const) {
      const failing = vi.spyOn(service.store, method).mockRejectedValue(away)
      await expect(service.recommender.recommend(REQUEST, 'INITIAL')).rejects.toBe(away)
      failing.mockRestore()
    }
  })

  it('makes a slate without a source that fails or hangs, says so, and counts it', async () => {
    const opened = await openShop()
    const [, trending, ...others] = opened.domain.sources
    const broken: CandidateSource = {
      ...{ name: 'item_to_item', quota: 1, reads: () => ({}) },
      candidates: () => Promise.reject(new Error('broken')),
    }
    const hanging: CandidateSource = { ...broken, name: 'recent', candidates: () => new Promise(() => {}) }
    const domain = { ...opened.domain, sources: [broken, trending, hanging, ...others.filter(({ name }) => name !== 'recent')] }
    // Whatever is waited for takes too long.
    const timers = { ...systemTimers, after: (_: number, callback: () => void) => systemTimers.after(0, callback) }
    const parts = { ...opened, domain, timers, random: seededRandomness(), partitions: 4 }
    const recommender = new Recommender({ ...parts, ranker: () => undefined, onFallback: () => {} })
    const slate = await recommender.recommend(REQUEST, 'INITIAL')
    expect(slate.items.map(({ itemId }) => itemId)).toEqual(['a', 'b', 'c'])
    expect(slate.warnings.map(({ code }) => code)).toEqual(['SOURCE_DROPPED', 'SOURCE_DROPPED'])
    expect(slate.warnings.map(({ message }) => message).sort()).toEqual([
      'The source item_to_item failed: the slate lacks its candidates.',
      'The source recent did not finish in time: the slate lacks its candidates.',
    ])
    expect(Object.fromEntries(opened.sourceHealth.drops)).toEqual({
      item_to_item: { slow: 0, failed: 1 },
      recent: { slow: 1, failed: 0 },
    })
  })

  it('uses the sources of the surface if it has its own', async () => {
    const { recommender, ingest } = await openShop()
    await ingest.record([{ userId: 'me', itemId: 'a', eventType: 'add_to_cart' }])
    await ingest.record(['a', 'd'].map((itemId) => ({ userId: 'other', itemId, eventType: 'add_to_cart' })))
    const broughtBy = async (surface: string | undefined) => {
      const { gathered } = await recommender.candidates({ ...REQUEST, surface })
      const row = gathered.itemIds.indexOf('d')
      const names = [...gathered.standings].filter(([, { ranks }]) => !Number.isNaN(ranks[row])).map(([name]) => name)
      return [names, gathered.reasons[row]]
    }
    const together = { code: 'CHOSEN_TOGETHER', anchorItemId: 'a' }
    // What is looked at beside what is in the cart may take its place: not there.
    expect(await broughtBy('cart')).toEqual([['chosen_together', 'trending'], together])
    expect(await broughtBy('home')).toEqual([
      ['item_to_item', 'two_hops', 'trending', 'chosen_together'],
      { code: 'BECAUSE_YOU_VIEWED', anchorItemId: 'a' },
    ])
  })

  it('fills a slate up with the newest items, and says if it is still too short', async () => {
    const service = await openShop()
    const four = await service.recommender.recommend({ ...REQUEST, first: 4 }, 'INITIAL')
    expect(four.items.map(({ itemId, position }) => [itemId, position])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['e', 4],
    ])
    expect(four.items[3]).toMatchObject({ score: 0, sources: [{ name: 'newest' }], reason: { code: 'MORE' } })
    expect(four.warnings).toEqual([])
    const rules = { exclude: ['e', 'a'] }
    const short = await service.recommender.recommend({ ...REQUEST, first: 9, rules }, 'INITIAL')
    expect(short.items.map(({ itemId }) => itemId)).toEqual(['b', 'c', 'd'])
    expect(short.warnings).toMatchObject([{ code: 'TOO_FEW_ITEMS', message: expect.stringMatching(/^3 of 9 items/) }])
  })

  it('can rank without storing or logging anything', async () => {
    const service = await openShop()
    const put = vi.spyOn(service.store, 'putSlate')
    const { items, rows, gathered } = await service.recommender.rank(REQUEST)
    expect(items.map(({ itemId }) => itemId)).toEqual(['a', 'b', 'c'])
    expect(rows.map((row) => gathered.itemIds[row])).toEqual(['a', 'b', 'c'])
    expect(put).not.toHaveBeenCalled()
  })

  it('includes requested items that no source proposed', async () => {
    const { recommender } = await openShop()
    const { gathered, input } = await recommender.candidates(REQUEST, ['e', 'unknown', 'a'])
    expect(gathered.itemIds).toEqual(['a', 'b', 'c', 'e', 'unknown'])
    expect(input.itemIds).toEqual(gathered.itemIds)
  })

  it('stores a served slate under an id that contains the partition', async () => {
    const service = await openShop()
    const request = { ...REQUEST, surface: 'home', device: 'ios' }
    const slate = await service.recommender.recommend(request, 'EVENT')
    expect(slate.recommendationId).toMatch(/^0[0-3]-/)
    expect(slate).toMatchObject({ surface: 'home', device: 'ios', trigger: 'EVENT', generatedAt: START + 5000 + AGE, version: 0 })
    const bytes = await service.store.getSlate(slate.recommendationId)
    expect(bytes && parseStoredSlate(slate.recommendationId, bytes, () => undefined)).toEqual(slate)
  })

  it('treats a user whose state has expired as new', async () => {
    const clock = new SettableClock()
    const service = await openTestService({ clock })
    await service.ingest.record([{ userId: 'me', itemId: 'a', eventType: 'view', eventId: 'e1' }])
    const { user } = service.domain.expiry
    clock.advance(user)
    expect((await readKnownUser(service, 'me', clock.now())).user.latestEventId).toBe('e1')
    clock.advance(1)
    const { user: expired } = await readKnownUser(service, 'me', clock.now())
    expect([expired.latestEventId, expired.isNew]).toEqual(['', true])
    // The version stays, so that it never falls.
    expect(expired.version).toBeGreaterThan(0)
  })
})
