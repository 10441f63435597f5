import { describe, expect, it } from 'vitest'
import { NEIGHBOURS, STRENGTH } from '../../src/accumulators/item-to-item.ts'
import { TRENDING } from '../../src/accumulators/trending.ts'
import type { CandidateAnswers, CandidateReads, CandidateSource } from '../../src/candidates/source.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { gather } from '../../src/slate/gather.ts'
import { Increments } from '../../src/state/increments.ts'
import { MemoryStore } from '../../src/state/memory-store.ts'
import { encodeOfflineList } from '../../src/state/offline-list.ts'
import { itemKey, SHOP } from '../../src/state/slots.ts'
import { START } from '../support/settable-clock.ts'
import { accumulators, candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const { layout } = accumulators
const request = candidateRequest(userWhoDid([]))

function emptyStore(): MemoryStore {
  return new MemoryStore({ layout, lateness: eCommerce.lateness, wall: () => START })
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
const gathered = (sources: CandidateSource[], keep: (itemId: string) => boolean = all, also: string[] = []) =>
  gather(sources, request, emptyStore(), layout, eCommerce.expiry, keep, also)

const columns = (standing: { scores: ArrayLike<number>; ranks: ArrayLike<number> } | undefined) =>
  standing && { scores: Array.from(standing.scores), ranks: Array.from(standing.ranks) }

describe('candidates of several sources', () => {
  it('are merged, each item once, with its standing in every list', async () => {
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

  it('have the reason of the source that brings them highest, of equals the first', async () => {
    const { itemIds, reasons } = await gathered([source('one', ['a', 'b', 'c']), source('two', ['c', 'b'])])
    expect(Object.fromEntries(itemIds.map((itemId, row) => [itemId, reasons[row].code]))).toEqual({
      a: 'ONE_0',
      b: 'ONE_1',
      c: 'TWO_0',
    })
  })

  it('are left out by the rules, and keep their place in the list they came from', async () => {
    const { itemIds, standings } = await gathered([source('one', ['a', 'b', 'c'])], (itemId) => itemId !== 'b')
    expect(itemIds).toEqual(['a', 'c'])
    expect(columns(standings.get('one'))?.ranks).toEqual([1, 3])
  })

  it('have those behind them that are wanted although nobody brings them, whatever the rules', async () => {
    const { itemIds, reasons, standings } = await gathered([source('one', ['a'])], (itemId) => itemId === 'a', ['x', 'a'])
    expect(itemIds).toEqual(['a', 'x'])
    expect(reasons).toEqual([{ code: 'ONE_0' }, { code: 'NEW' }])
    expect(columns(standings.get('one'))?.ranks).toEqual([1, Number.NaN])
  })

  it('are none where no source brings any', async () => {
    expect(await gathered([])).toEqual({ itemIds: [], standings: new Map(), reasons: [], neighbours: new Map() })
  })
})

describe('what sources ask the store for', () => {
  it('comes to each in the order it asked, in one trip for all', async () => {
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
    await gather(sources, request, store, layout, eCommerce.expiry, all)
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
