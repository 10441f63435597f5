import { expect, it } from 'vitest'
import { SourceRecall } from '../../../lab/evaluation/source-recall.ts'
import type { Gathered } from '../../../src/slate/gather-candidates.ts'

const NONE = Number.NaN

/** Candidates a, b and c: of `one` a, then b; of `two` c. */
const gathered: Gathered = {
  itemIds: ['a', 'b', 'c'],
  standings: new Map([
    ['one', { scores: new Float64Array([2, 1, NONE]), ranks: new Float64Array([1, 2, NONE]), generatedAt: NONE }],
    ['two', { scores: new Float64Array([NONE, NONE, 1]), ranks: new Float64Array([NONE, NONE, 1]), generatedAt: NONE }],
  ]),
  reasons: [],
  dropped: [],
  neighbours: new Map(),
  cohorts: new Map(),
  further: [],
}

const next = (itemId: string) => ({ itemId, at: 0, isNew: true, acted: { items: [], count: 0 } })

it('counts in how many rows each source, and all together, have the next item', () => {
  const recall = new SourceRecall()
  for (const itemId of ['a', 'b', 'c', 'd']) recall.judge(gathered, next(itemId), ['all'], {})
  expect(recall.summary('all')).toEqual({ union: 3 / 4, one: 2 / 4, two: 1 / 4 })
})

it('leaves out items of the row: they are no hits, and take no place', () => {
  const recall = new SourceRecall()
  const itemIds = Array.from({ length: 102 }, (_, i) => `i${i}`)
  const ranks = Float64Array.from(itemIds, (_, i) => i + 1)
  const long: Gathered = { ...gathered, itemIds, standings: new Map([['one', { scores: ranks, ranks, generatedAt: NONE }]]) }
  const leftOut = { new: new Set(['i0']) }
  for (const itemId of ['i0', 'i1', 'i100', 'i101']) recall.judge(long, next(itemId), ['new'], leftOut)
  expect(recall.summary('new')).toEqual({ union: 3 / 4, one: 2 / 4 })
})
