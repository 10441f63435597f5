import { expect, it } from 'vitest'
import type { Json } from '../../src/state/user-value.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { exploring } from '../support/exploring.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { asker, connect, serve, TRANSPORTS } from '../support/server.ts'
import type { Open, ServiceOptions } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { itemIds, LIVE, RECOMMEND, SERVED_SLATE, type SlateAnswer, slateOf } from '../support/slate-answer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const WARNINGS = `query ($input: RecommendationsInput!) {
  recommendations(input: $input) {
    recommendationId warnings { code message field itemIds } items { item { itemId } features(names: ["given_rank", "given_score"]) { name value } }
  }
}`

const found = (...ids: string[]) => ids.map((itemId) => ({ itemId }))
const ids = (count: number) => Array.from({ length: count }, (_, n) => `i${n}`)

async function openShop(open: Open, options: ServiceOptions = {}) {
  const service = await open(options)
  await service.uploads.upsertItems(ids(600).map((itemId, n) => ({ itemId, attributes: { brand: `b${n % 3}`, price: n } })))
  const ask = asker(service)
  const input = { userId: 'me', surface: 'search', first: 10 }
  const rank = async (given: { [field: string]: Json | undefined }) =>
    slateOf(await ask(RECOMMEND, { input: { ...input, ...given } }))
  return { service, ask, rank, input }
}

const codes = ({ warnings }: SlateAnswer) => warnings.map(({ code }) => code)

bothStoresWhenLong((open) => {
  it('only the given candidates are ranked, in the given order if nothing more is known', async () => {
    const { service, rank } = await openShop(open)
    const plain = await rank({ candidates: found('i9', 'i3', 'i5'), ordered: true })
    expect(itemIds(plain)).toEqual(['i9', 'i3', 'i5'])
    expect(codes(plain)).toEqual([])
    expect(plain.items[0]).toMatchObject({
      reason: { code: 'GIVEN' },
      sources: [{ name: 'given', score: null }],
      exploration: false,
    })
    const scored = [{ itemId: 'i9', score: -1.5 }, { itemId: 'i3' }, { itemId: 'i5', score: 1e12 }]
    const byScore = await rank({ candidates: scored })
    expect(itemIds(byScore)).toEqual(['i5', 'i9', 'i3'])
    expect(byScore.items.map(({ sources }) => sources[0].score)).toEqual([1e12, -1.5, null])
    // Others view one of them, and nothing else is known.
    await service.ingest.record(ids(5).map((id) => ({ userId: `u${id}`, eventType: 'view', itemId: 'i5' })))
    await service.store.settle()
    expect(itemIds(await rank({ candidates: found('i9', 'i3', 'i5') }))).toEqual(['i5', 'i9', 'i3'])
    expect(itemIds(await rank({ candidates: found('i9', 'i3', 'i5'), first: 2 }))).toEqual(['i5', 'i9'])
  })

  it('without a model, the order that is given stays, but items of the visit come first', async () => {
    const { service, rank } = await openShop(open)
    const view = (userId: string, itemId: string, sessionId: string, timestamp: number) => ({
      ...{ userId, itemId, sessionId, timestamp, eventType: 'view' },
    })
    const before = START - 60_000
    // Others view an item again and again, right after one that the user views too.
    const others = ids(20).flatMap((id) => [view(id, 'i4', id, before), view(id, 'i6', id, before + 1)])
    const own = [view('me', 'i4', 's1', before + 2), view('me', 'i5', 's1', before + 3)]
    await service.ingest.record([...others, ...own])
    await service.store.settle()
    const list = found('i1', 'i2', 'i3', 'i4', 'i5', 'i6')
    const expected = ['i5', 'i4', 'i1', 'i2', 'i3', 'i6']
    expect(itemIds(await rank({ candidates: list, ordered: true, sessionId: 's1' }))).toEqual(expected)
    const scored = list.map(({ itemId }, at) => ({ itemId, score: -at }))
    expect(itemIds(await rank({ candidates: scored, sessionId: 's1' }))).toEqual(expected)
    // Outside of the visit, nothing is known to be sought.
    expect(itemIds(await rank({ candidates: list, ordered: true, sessionId: 's2' }))).toEqual(list.map(({ itemId }) => itemId))
  })

  it('all of 500 candidates are ranked, and paused, deleted and unknown ones are left out', async () => {
    const { service, ask, input } = await openShop(open)
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {}, available: false }])
    await service.uploads.deleteItems(['i2'])
    const candidates = found(...ids(498), 'never', 'i7')
    const { data } = (await ask(WARNINGS, { input: { ...input, first: 100, candidates } })) as {
      data: { recommendations: { recommendationId: string; warnings: unknown[]; items: { item: { itemId: string } }[] } }
    }
    const { warnings, items, recommendationId } = data.recommendations
    expect(warnings).toEqual([
      { code: 'CANDIDATE_UNKNOWN', field: 'candidates', itemIds: ['i2', 'never'], message: expect.stringContaining(': 2. ') },
      { code: 'CANDIDATE_REPEATED', field: 'candidates', itemIds: ['i7'], message: expect.stringContaining(': 1. ') },
    ])
    const shown = items.map(({ item }) => item.itemId)
    expect(shown).toHaveLength(100)
    expect(shown.filter((itemId) => ['i1', 'i2', 'never'].includes(itemId))).toEqual([])
    const kept = slateOf(await ask(SERVED_SLATE, { recommendationId }))
    expect(itemIds(kept)).toEqual(shown)
    expect(codes(kept)).toEqual(['CANDIDATE_UNKNOWN', 'CANDIDATE_REPEATED'])
  })

  it('rules apply, and no other item is added by exploration or to fill the slate', async () => {
    const domain = exploring({ position: 1, share: 1, randomised: 0 })
    const { rank } = await openShop(open, { domain, explores: true })
    const rules = {
      exclude: ['i0'],
      filter: { attribute: { name: 'price', lte: 7 } },
      pin: [
        { itemId: 'i6', position: 1 },
        { itemId: 'i4', position: 2 },
      ],
      limitPer: [{ attribute: 'brand', limit: 2 }],
      boost: [{ filter: { attribute: { name: 'price', eq: 5 } }, factor: 100 }],
    }
    const slate = await rank({ candidates: found('i0', 'i1', 'i2', 'i3', 'i5', 'i6', 'i9'), ordered: true, rules })
    // i9 is too dear; i4 is not among the candidates.
    expect(itemIds(slate)).toEqual(['i6', 'i5', 'i1', 'i2', 'i3'])
    expect(slate.items.map(({ exploration }) => exploration)).toEqual(slate.items.map(() => false))
    expect(slate.warnings.map(({ code, field }) => [code, field])).toEqual([
      ['PIN_UNAVAILABLE', 'pin.1.itemId'],
      ['TOO_FEW_ITEMS', null],
    ])
    expect(slate.warnings[0].message).toMatch(/not among the candidates/)
    expect(itemIds(await rank({ candidates: found('i1', 'i2'), anchorItemIds: ['i1'] }))).toEqual(['i2'])
  })

  it('a further page with after has the next candidates', async () => {
    const { rank } = await openShop(open)
    const candidates = found(...ids(25))
    const pages: string[][] = []
    let afterSlate: string | undefined
    for (let page = 0; page < 4; page++) {
      const slate = await rank({ candidates, ordered: true, afterSlate })
      afterSlate = slate.recommendationId
      pages.push(itemIds(slate))
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0])
    expect(pages.flat()).toEqual(ids(25))
  })

  it('a model ranks by the given position and score, and by neither in other requests', async () => {
    const modelDir = await temporaryDirectory()
    await writeLinearModel(modelDir, 'by-score', { given_score: 1, given_rank: -100 })
    const { service, ask, input } = await openShop(open, { modelDir, model: 'by-score' })
    await service.ingest.record([{ userId: 'you', eventType: 'view', itemId: 'i4' }])
    await service.store.settle()
    const valuesOf = async (given: object) => {
      const { data, errors } = await ask(WARNINGS, { input: { ...input, ...given } })
      expect(errors).toBeUndefined()
      const { items } = (
        data as { recommendations: { items: { item: { itemId: string }; features: { value: number | null }[] }[] } }
      ).recommendations
      return items.map(({ item, features }) => [item.itemId, ...features.map(({ value }) => value)])
    }
    const candidates = [
      { itemId: 'i1' },
      { itemId: 'unknown', score: 7 },
      { itemId: 'i1', score: 9 },
      { itemId: 'i2', score: 0.5 },
    ]
    const ordered = await valuesOf({ candidates, ordered: true })
    expect(ordered.sort()).toEqual([
      ['i1', 1, null],
      ['i2', 3, 0.5],
    ])
    const unordered = await valuesOf({ candidates })
    expect(unordered.sort()).toEqual([
      ['i1', null, null],
      ['i2', null, 0.5],
    ])
    expect(await valuesOf({ first: 1 })).toEqual([['i4', null, null]])
  })

  it('a model that does not know the given order does not rank an ordered list: it would rank worse than the order itself', async () => {
    const modelDir = await temporaryDirectory()
    await writeLinearModel(modelDir, 'blind', { item_popularity_7d: 1 })
    const { service, rank } = await openShop(open, { modelDir, model: 'blind' })
    await service.ingest.record([{ userId: 'you', eventType: 'view', itemId: 'i4' }])
    await service.store.settle()
    const candidates = found('i1', 'i2', 'i3', 'i4')
    const ordered = await rank({ candidates, ordered: true })
    expect(ordered).toMatchObject({ model: null, fallback: true })
    expect(itemIds(ordered)).toEqual(['i1', 'i2', 'i3', 'i4'])
    const unordered = await rank({ candidates })
    expect(unordered).toMatchObject({ model: 'blind', fallback: false })
    expect(itemIds(unordered)[0]).toBe('i4')
  })

  it('a subscription ranks the candidates again after each event', async () => {
    const { service, input } = await openShop(open)
    const { url } = await serve(service)
    for (const [name, transport] of Object.entries(TRANSPORTS)) {
      const live = { ...input, userId: name, candidates: found('i3', 'i1', 'i2') }
      const stream = connect(transport, url).subscribe(LIVE, { input: live, minIntervalMs: 0 })
      expect(itemIds(slateOf(await stream.next()))).toEqual(['i3', 'i1', 'i2'])
      await service.ingest.record([{ userId: name, eventType: 'view', itemId: 'i9' }])
      const next = slateOf(await stream.next())
      expect([next.trigger, itemIds(next).sort()]).toEqual(['EVENT', ['i1', 'i2', 'i3']])
    }
  })

  it.each<[string, string, { [field: string]: Json }]>([
    ['an empty list', 'candidates is empty', { candidates: [] }],
    ['501 candidates', 'candidates has 501 entries', { candidates: found(...ids(501)) }],
    ['an empty id', 'candidates.1.itemId', { candidates: found('i1', '') }],
    ['an id that is too long', 'candidates.0.itemId', { candidates: found('x'.repeat(129)) }],
    ['a score of 1e300', 'candidates.0.score', { candidates: [{ itemId: 'i1', score: 1e300 }] }],
    ['a score below the bound', 'candidates.0.score', { candidates: [{ itemId: 'i1', score: -1.1e12 }] }],
    ['an order of nothing', 'ordered is true', { ordered: true }],
  ])('a request is refused with %s', async (_, message, given) => {
    const { ask, input } = await openShop(open)
    const { errors } = await ask(RECOMMEND, { input: { ...input, ...given } })
    expect(errors).toHaveLength(1)
    expect(errors![0].message).toContain(message)
    expect(errors![0].extensions?.code).toBe('BAD_USER_INPUT')
  })

  it('a score that is not a number is refused', async () => {
    const { ask } = await openShop(open)
    for (const score of ['"NaN"', 'Infinity', '1e999', '"7"']) {
      const query = `{ recommendations(input: { userId: "me", candidates: [{ itemId: "i1", score: ${score} }] }) { version } }`
      const { errors, data } = await ask(query)
      expect([score, data ?? undefined, errors?.length]).toEqual([score, undefined, 1])
    }
  })
})
