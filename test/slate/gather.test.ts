import { describe, expect, it, vi } from 'vitest'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import type { CandidateAnswers, CandidateReads, CandidateSource } from '../../src/candidates/source.ts'
import { SourceHealth } from '../../src/candidates/source-health.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { type GatherParts, gather } from '../../src/slate/gather-candidates.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { Increments } from '../../src/state/increments.ts'
import { encodeOfflineList } from '../../src/state/offline-list.ts'
import { itemKey, SHOP } from '../../src/state/slots.ts'
import { systemTimers, type Timers } from '../../src/timers.ts'
import { eventually } from '../support/eventually.ts'
import { START } from '../support/settable-clock.ts'
import { accumulators, candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const { layout } = accumulators
const { neighbours: NEIGHBOURS, strength: STRENGTH } = eCommerce.pairs
const request = candidateRequest(userWhoDid([]))

function emptyStore(): MemoryStore {
  return new MemoryStore({ layout, lateness: eCommerce.lateness, wall: () => START })
}

function partsOn(store: MemoryStore, parts: Partial<GatherParts> = {}): GatherParts {
  const health = new SourceHealth(
    () => START,
    () => {},
  )
  return { store, layout, expiry: eCommerce.expiry, pairs: eCommerce.pairs, timers: systemTimers, health, ...parts }
}

/** Brings these items, whatever it is told. */
function source(name: string, itemIds: string[], generatedAt?: number): CandidateSource {
  return {
    name,
    quota: itemIds.length,
    reads: () => ({}),
    candidates: () => ({
      itemIds,
      scores: itemIds.map((_, at) => 10 - at),
      reason: (at) => ({ code: `${name.toUpperCase()}_${at}` }),
      ...(generatedAt !== undefined && { generatedAt }),
    }),
  }
}

const all = () => true
const gathered = (sources: CandidateSource[], admits: (itemId: string) => boolean = all, also: string[] = []) =>
  gather(sources, { ...request, admits }, partsOn(emptyStore()), also)

const columns = (standing: { scores: ArrayLike<number>; ranks: ArrayLike<number> } | undefined) =>
  standing && { scores: Array.from(standing.scores), ranks: Array.from(standing.ranks) }

describe('candidates of several sources', () => {
  it('are merged, each item once, with its rank in every list', async () => {
    const { itemIds, standings } = await gathered([
      source('one', ['a', 'b']),
      source('two', ['c', 'b'], START),
      source('none', []),
    ])
    expect(itemIds).toEqual(['a', 'b', 'c'])
    expect(columns(standings.get('one'))).toEqual({ scores: [10, 9, Number.NaN], ranks: [1, 2, Number.NaN] })
    expect(columns(standings.get('two'))).toEqual({ scores: [Number.NaN, 9, 10], ranks: [Number.NaN, 2, 1] })
    expect(columns(standings.get('none'))).toEqual({
      scores: new Array(3).fill(Number.NaN),
      ranks: new Array(3).fill(Number.NaN),
    })
    expect([...standings.values()].map(({ generatedAt }) => generatedAt)).toEqual([Number.NaN, START, Number.NaN])
  })

  it('have the reason of the source that ranks them highest, or the first of equal sources', async () => {
    const { itemIds, reasons } = await gathered([source('one', ['a', 'b', 'c']), source('two', ['c', 'b'])])
    expect(Object.fromEntries(itemIds.map((itemId, row) => [itemId, reasons[row].code]))).toEqual({
      a: 'ONE_0',
      b: 'ONE_1',
      c: 'TWO_0',
    })
  })

  it('are left out by the rules, which does not change the ranks of the others', async () => {
    const { itemIds, standings } = await gathered([source('one', ['a', 'b', 'c'])], (itemId) => itemId !== 'b')
    expect(itemIds).toEqual(['a', 'c'])
    expect(columns(standings.get('one'))?.ranks).toEqual([1, 3])
  })

  it('are followed by requested items that no source proposed, whatever the rules are', async () => {
    const { itemIds, reasons, standings } = await gathered([source('one', ['a'])], (itemId) => itemId === 'a', ['x', 'a'])
    expect(itemIds).toEqual(['a', 'x'])
    expect(reasons).toEqual([{ code: 'ONE_0' }, { code: 'MORE' }])
    expect(columns(standings.get('one'))?.ranks).toEqual([1, Number.NaN])
  })

  it('include the rank of a requested item even if the rules leave it out', async () => {
    const { itemIds, reasons, standings } = await gathered([source('one', ['x', 'a'])], (itemId) => itemId === 'a', ['x'])
    expect(itemIds).toEqual(['a', 'x'])
    expect(reasons).toEqual([{ code: 'ONE_1' }, { code: 'ONE_0' }])
    expect(columns(standings.get('one'))?.ranks).toEqual([2, 1])
  })

  it('do not exist if no source proposes any', async () => {
    expect(await gathered([])).toEqual({
      itemIds: [],
      standings: new Map(),
      reasons: [],
      dropped: [],
      neighbours: new Map(),
      cohorts: new Map(),
      further: [],
    })
  })
})

describe('the reads of sources', () => {
  it('are answered to each source in its order, in one trip for all', async () => {
    const store = emptyStore()
    const increments = new Increments(layout)
    increments.addToSet(TRENDING, SHOP, 'a', 1, START)
    increments.addToSet(NEIGHBOURS, itemKey('i1'), 'b', 1, START)
    increments.addToSet(NEIGHBOURS, itemKey('i2'), 'c', 1, START)
    for (const [itemId, strength] of [
      ['i1', 2],
      ['i2', 5],
    ] as const) {
      increments.seen(itemKey(itemId), START)
      increments.addDecayed(STRENGTH, itemKey(itemId), strength, START)
    }
    store.sums.apply(increments)
    const lists = ['l1', 'l2']
    for (const id of lists) {
      const list = { generatedAt: START, itemIds: [id], scores: [1] }
      store.restoreValue({ kind: 'list', id }, encodeOfflineList(list, Buffer.alloc(8)))
    }
    const neighbours = (itemId: string) => ({ entity: itemKey(itemId), set: NEIGHBOURS, limit: 10 })
    const heard: CandidateAnswers[] = []
    const asking = (name: string, reads: CandidateReads): CandidateSource => ({
      name,
      quota: 1,
      reads: () => reads,
      candidates: (_, answers) => {
        heard.push(answers)
        return { itemIds: [], scores: [], reason: () => ({ code: '' }) }
      },
    })
    const sources = [
      asking('one', { sets: [neighbours('i2')], strengths: ['i2', 'nobody'], lists: ['l2'] }),
      asking('two', {}),
      asking('three', {
        sets: [{ entity: SHOP, set: TRENDING, limit: 10 }, neighbours('i1')],
        strengths: ['i1'],
        lists: ['nothing', 'l1'],
      }),
    ]
    await gather(sources, request, partsOn(store))
    const read = heard.map(({ sets, lists, strengths }) => ({
      members: sets.map(({ members }) => members),
      lists: lists.map((list) => list?.itemIds),
      strengths: strengths.map((strength) => Math.round(strength * 1e9) / 1e9),
    }))
    expect(read).toEqual([
      { members: [['c']], lists: [['l2']], strengths: [5, 0] },
      { members: [], lists: [], strengths: [] },
      { members: [['a'], ['b']], lists: [undefined, ['l1']], strengths: [2] },
    ])
  })
})

/** Timers whose time comes when the test says so. */
class ManualTimers implements Timers {
  readonly waiting: { ms: number; callback: () => void }[] = []

  monotonic(): number {
    return 0
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { ms, callback }
    this.waiting.push(timer)
    return () => this.waiting.splice(this.waiting.indexOf(timer), 1)
  }

  atEndOfTurn(callback: () => void): void {
    this.after(0, callback)
  }
}

describe('a source that is slow or fails', () => {
  const good = source('good', ['a', 'b'])
  const promising = (name: string, promise: ReturnType<CandidateSource['candidates']>, budgetMs?: number): CandidateSource => ({
    ...source(name, []),
    candidates: () => promise,
    ...(budgetMs !== undefined && { budgetMs }),
  })

  it('is left out, in whatever way it fails, without an effect on other sources', async () => {
    const broken = new Error('broken')
    const throwing = () => {
      throw broken
    }
    const report = vi.fn()
    const health = new SourceHealth(() => START, report)
    const sources = [
      { ...source('reads', ['x']), reads: throwing },
      { ...source('itemsToRead', ['w']), itemsToRead: throwing },
      { ...source('candidates', ['y']), candidates: throwing },
      good,
      promising('promise', Promise.reject(broken)),
    ]
    const found = await gather(sources, request, partsOn(emptyStore(), { health }))
    expect(found.itemIds).toEqual(['a', 'b'])
    expect(new Set(found.dropped)).toEqual(
      new Set(['reads', 'itemsToRead', 'candidates', 'promise'].map((name) => ({ name, cause: 'failed' }))),
    )
    // Its features read as those of a source that brought nothing.
    expect(columns(found.standings.get('candidates'))?.ranks).toEqual([Number.NaN, Number.NaN])
    expect(Object.fromEntries(health.drops)).toEqual({
      reads: { slow: 0, failed: 1 },
      itemsToRead: { slow: 0, failed: 1 },
      candidates: { slow: 0, failed: 1 },
      promise: { slow: 0, failed: 1 },
    })
    expect(report.mock.calls.map(([name, , error]) => [name, error])).toEqual(
      expect.arrayContaining(['reads', 'candidates', 'promise'].map((name) => [name, broken])),
    )
  })

  it('is waited for no longer than its budget, and later candidates are ignored', async () => {
    const timers = new ManualTimers()
    const health = new SourceHealth(
      () => START,
      () => {},
    )
    let late = (_: Awaited<ReturnType<CandidateSource['candidates']>>) => {}
    const hanging = new Promise<Awaited<ReturnType<CandidateSource['candidates']>>>((resolve) => {
      late = resolve
    })
    let fail = (_: Error) => {}
    const failing = new Promise<Awaited<ReturnType<CandidateSource['candidates']>>>((_, reject) => {
      fail = reject
    })
    const quick = promising(
      'quick',
      Promise.resolve(source('', ['c']).candidates(request, { sets: [], lists: [], strengths: [] })),
    )
    const sources = [promising('usual', hanging), good, quick, promising('patient', failing, 200)]
    const gathering = gather(sources, request, partsOn(emptyStore(), { timers, health }))
    await eventually(() => expect(timers.waiting.map(({ ms }) => ms)).toEqual([50, 200]))
    for (const { callback } of [...timers.waiting]) callback()
    const { itemIds, dropped } = await gathering
    expect(itemIds).toEqual(['a', 'b', 'c'])
    expect(dropped).toEqual([
      { name: 'usual', cause: 'slow' },
      { name: 'patient', cause: 'slow' },
    ])
    late({ itemIds: ['late'], scores: [1], reason: () => ({ code: '' }) })
    fail(new Error('late'))
    await expect(failing).rejects.toThrow('late')
    expect(itemIds).toEqual(['a', 'b', 'c'])
    expect(Object.fromEntries(health.drops)).toEqual({ usual: { slow: 1, failed: 0 }, patient: { slow: 1, failed: 0 } })
    expect(timers.waiting).toEqual([])
  })

  it('is counted each time, and logged at most once a minute', () => {
    let now = START
    const report = vi.fn()
    const health = new SourceHealth(() => now, report)
    for (let i = 0; i < 3; i++) health.dropped('one', 'slow', undefined)
    health.dropped('two', 'failed', undefined)
    expect(report.mock.calls.map(([name]) => name)).toEqual(['one', 'two'])
    now += 60_000
    health.dropped('one', 'failed', undefined)
    expect(report).toHaveBeenLastCalledWith('one', { slow: 3, failed: 1 }, undefined)
  })
})

describe('a list that several sources read', () => {
  it('is read once, up to the largest requested length, and each source gets its part', async () => {
    const store = emptyStore()
    const increments = new Increments(layout)
    for (const [i, itemId] of ['a', 'b', 'c'].entries()) increments.addToSet(TRENDING, SHOP, itemId, 3 - i, START)
    increments.addToSet(NEIGHBOURS, itemKey('i1'), 'n', 1, START)
    store.sums.apply(increments)
    const readSets = vi.spyOn(store, 'readSets')
    const heard: (readonly string[])[] = []
    const asking = (name: string, limit: number): CandidateSource => ({
      ...source(name, []),
      reads: () => ({
        sets: [
          { entity: SHOP, set: TRENDING, limit },
          { entity: itemKey('i1'), set: NEIGHBOURS, limit: 9 },
        ],
      }),
      candidates: (_, { sets }) => {
        heard.push(...sets.map(({ members, scores }) => [...members, `${scores.length}`]))
        return { itemIds: [], scores: [], reason: () => ({ code: '' }) }
      },
    })
    await gather([asking('one', 1), asking('two', 5)], request, partsOn(store))
    expect(heard).toEqual([
      ['a', '1'],
      ['n', '1'],
      ['a', 'b', 'c', '3'],
      ['n', '1'],
    ])
    expect(readSets.mock.calls[0][0].map(({ entity, limit }) => [entity, limit])).toEqual([
      [SHOP, 5],
      [itemKey('i1'), 9],
    ])
  })
})
