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
}

const next = (itemId: string) => ({ itemId, at: 0, isNew: true })

it('counts in how many rows each source, and all together, have the next item', () => {
  const recall = new SourceRecall()
  for (const itemId of ['a', 'b', 'c', 'd']) recall.judge(gathered, next(itemId), ['all'], {})
  expect(recall.summary('all')).toEqual({ union: 3 / 4, one: 2 / 4, two: 1 / 4 })
})

it('counts what one more source would bring, by itself and together with the others', () => {
  const recall = new SourceRecall()
  const beside = { name: 'more', itemIds: ['d', 'a', ...Array.from({ length: 98 }, (_, i) => `x${i}`), 'e', 'f'] }
  for (const itemId of ['a', 'b', 'd', 'f']) recall.judge(gathered, next(itemId), ['all'], {}, beside)
  expect(recall.summary('all')).toMatchObject({ more: 2 / 4, union: 2 / 4, union_with_more: 3 / 4 })
})

it('leaves out items of the row: they are no hits, and take no place', () => {
  const recall = new SourceRecall()
  const beside = { name: 'more', itemIds: ['d', 'a', ...Array.from({ length: 98 }, (_, i) => `x${i}`), 'e', 'f'] }
  const leftOut = { new: new Set(['a', 'd']) }
  for (const itemId of ['a', 'd', 'e', 'f']) recall.judge(gathered, next(itemId), ['new'], leftOut, beside)
  expect(recall.summary('new')).toMatchObject({ more: 2 / 4, union_with_more: 2 / 4 })
})
