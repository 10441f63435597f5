import { describe, expect, it } from 'vitest'
import { compareMethods, judgingsOf } from '../../../lab/evaluation/compare-methods.ts'
import { RowFigures } from '../../../lab/evaluation/hit-rate-and-mrr.ts'
import { columnOf } from '../../../lab/evaluation/judge-next-items.ts'
import { RowTable } from '../../../lab/evaluation/row-table.ts'
import { SETTINGS } from '../../../lab/evaluation/setting.ts'
import { Random } from '../../../lab/random.ts'
import { verdictsBy } from '../../../lab/verdicts/verdict-sections.ts'

const METHODS = ['popularity', 'item_to_item', 'stan', 'full_system', 'another', 'shipped_model', 'rule']
const SYSTEMS = [
  { method: 'full_system' },
  { method: 'another' },
  { method: 'shipped_model', shipped: { hasSeenLog: true } },
  { method: 'rule' },
]

/** Rows of 300 users, of which every second one is new. In the prequential setting, `stan` is better than all others. */
function judgedRows(): RowTable {
  const random = new Random(4, 'ranks')
  const columns = SETTINGS.flatMap((setting) => METHODS.map((method) => columnOf(setting, method)))
  const table = new RowTable(columns, 1200)
  for (let row = 0; row < 1200; row++) {
    const isNew = row % 2 === 0
    table.add({ user: row % 300, rowSets: isNew ? ['all', 'new'] : ['all'], slices: [] })
    for (const column of columns) {
      const hits = column === columnOf('prequential', 'stan') ? 0.5 : 0.3
      table.rank(column, 'new', random.chance(hits) ? random.integer(1, 20) : 0)
      table.rank(column, 'all', 1)
    }
  }
  return table
}

describe('the comparison of methods', () => {
  const table = judgedRows()
  const judgings = judgingsOf(METHODS, SYSTEMS)
  const comparisons = compareMethods(table, judgings)

  it('is that of the full system with all baselines, but no other model, and of the shipped model with three', () => {
    expect(judgings).toEqual([
      {
        candidate: 'full_system',
        method: 'full_system',
        against: ['popularity', 'item_to_item', 'stan', 'rule'],
        hasSeenLog: false,
      },
      { candidate: 'shipped_model', method: 'shipped_model', against: ['popularity', 'item_to_item', 'rule'], hasSeenLog: true },
    ])
  })

  it('is that of the shipped model twice if it is the full system, and needs no rule if the rule is', () => {
    const shipped = judgingsOf(METHODS, [{ method: 'full_system', shipped: { hasSeenLog: false } }, { method: 'rule' }])
    expect(shipped.map(({ candidate, method }) => [candidate, method])).toEqual([
      ['full_system', 'full_system'],
      ['shipped_model', 'full_system'],
    ])
    expect(judgingsOf(['popularity', 'rule'], [{ method: 'rule' }])[0]).toMatchObject({ method: 'rule', against: ['popularity'] })
  })

  it('has the figures of new rows', () => {
    for (const { candidate, setting, measure, value, rows, users, against } of comparisons) {
      const figures = RowFigures.of(table, 'new', new Map(METHODS.map((method) => [method, columnOf(setting, method)])))
      expect([rows, users]).toEqual([figures.rows, figures.users])
      expect(value).toBeCloseTo(figures.of(candidate)[measure], 12)
      for (const one of against) {
        expect(one.value).toBeCloseTo(figures.of(one.method)[measure], 12)
        expect(one.difference).toBeCloseTo(figures.difference(candidate, one.method)[measure], 12)
      }
    }
  })

  it('finds a planted loss, only where it is', () => {
    const logs = [{ log: 'log', fullSystem: 'models/own', comparisons }]
    for (const measure of ['mrr20', 'hr20'] as const) {
      const [prequential] = verdictsBy(logs, 'full_system', 'prequential', measure)
      expect(prequential).toMatchObject({ word: 'loss', losses: [{ method: 'stan' }] })
      const [frozen] = verdictsBy(logs, 'full_system', 'static', measure)
      expect(frozen.losses).toEqual([])
    }
  })
})
