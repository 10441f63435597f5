import { describe, expect, it } from 'vitest'
import { toCsv } from '../../web/console/csv.ts'
import { driftsOf, largestDrifts } from '../../web/console/features/drift-of-feature.ts'
import { weightPerHour } from '../../web/console/item/interest-rates.ts'
import { scoreDrivers } from '../../web/console/models/score-drivers.ts'
import { areSame, conditionsOf, effectiveRules, filterOfAll, hiddenKinds } from '../../web/console/rules/draft-rules.ts'
import { ruleSentences } from '../../web/console/rules/rule-sentences.ts'
import { slateChanges } from '../../web/console/rules/slate-changes.ts'
import { scoreDifferences } from '../../web/console/user/score-difference.ts'
import { sessionsOf } from '../../web/console/user/sessions-of.ts'

const placed = (ids: string) => [...ids].map((itemId, i) => ({ position: i + 1, item: { itemId } }))

describe('the console', () => {
  it('splits the difference of two scores into features that add up to it, the largest first', () => {
    const above = [
      { name: 'views', contribution: 1.5 },
      { name: 'price', contribution: -0.5 },
      { name: 'same', contribution: 2 },
    ]
    const below = [
      { name: 'price', contribution: 1 },
      { name: 'same', contribution: 2 },
      { name: 'age', contribution: -0.25 },
    ]
    const differences = scoreDifferences(above, below)
    expect(differences.map(({ name, difference }) => [name, difference])).toEqual([
      ['views', 1.5],
      ['price', -1.5],
      ['age', 0.25],
    ])
  })

  it('says how rules change a slate', () => {
    const changes = slateChanges(placed('abcd'), placed('cab'))
    expect(changes.map(({ placed: { item }, kind, by }) => [item.itemId, kind, by])).toEqual([
      ['c', 'up', 2],
      ['a', 'down', 1],
      ['b', 'down', 1],
      ['d', 'gone', 0],
    ])
  })

  it('applies the rules of a surface before those of all surfaces, kind by kind', () => {
    const ofAll = { pin: [{ itemId: 'a', position: 1 }], exclude: ['x'] }
    const ofHome = { pin: [{ itemId: 'b', position: 1 }], exclude: [] }
    expect(effectiveRules(ofHome, ofAll)).toEqual({ pin: ofHome.pin, exclude: ['x'] })
    expect(hiddenKinds(ofHome, ofAll)).toEqual(['pin'])
    expect(areSame({ exclude: [], diversity: 0.1 }, { diversity: 0.1 })).toBe(true)
  })

  it('reads back the conditions that it writes, and leaves alone filters that it cannot show', () => {
    const conditions = [
      { attribute: 'brand', comparison: 'not', value: 'Lux' },
      { attribute: 'price', comparison: 'lte', value: 20 },
    ] as const
    expect(conditionsOf(filterOfAll(conditions))).toEqual(conditions)
    expect(conditionsOf(filterOfAll(conditions.slice(0, 1)))).toEqual(conditions.slice(0, 1))
    expect(conditionsOf({ or: [{ attribute: { name: 'brand', eq: 'Lux' } }] })).toBeUndefined()
    expect(conditionsOf({ attribute: { name: 'price', gte: 1, lte: 2 } })).toBeUndefined()
  })

  it('says in sentences what rules do', () => {
    const rules = {
      pin: [{ itemId: 'mug', position: 1 }],
      boost: [{ filter: { attribute: { name: 'brand', eq: 'Lux' } }, factor: 1.5 }],
      excludePurchased: false,
    }
    expect(ruleSentences(rules, (id) => id.toUpperCase())).toEqual([
      'Show MUG at position 1.',
      'Multiply the scores of items where brand is Lux by 1.5.',
      'Also show what the user has bought.',
    ])
  })

  it('groups events by session, the latest first', () => {
    const events = [
      { sessionId: 'b', timestamp: 30 },
      { sessionId: null, timestamp: 25 },
      { sessionId: 'a', timestamp: 20 },
      { sessionId: 'a', timestamp: 10 },
    ]
    expect(sessionsOf(events)).toEqual([
      { sessionId: 'b', from: 30, until: 30, events: 1 },
      { sessionId: 'a', from: 10, until: 20, events: 2 },
    ])
  })

  it('writes CSV that no spreadsheet runs', () => {
    const rows = [
      ['=1+1', 1.5],
      ['a "b", c\nd', null],
    ]
    expect(toCsv(['name', 'value'], rows)).toBe('\uFEFFname,value\r\n\'=1+1,1.5\r\n"a ""b"", c\nd",\r\n')
  })

  it('averages the size of contributions over the items that have some', () => {
    const items = [
      { contributions: [{ name: 'a', contribution: -2 }] },
      {
        contributions: [
          { name: 'a', contribution: 1 },
          { name: 'b', contribution: 4 },
        ],
      },
      { contributions: null },
    ]
    expect(scoreDrivers(items)).toEqual([
      { name: 'b', size: 2 },
      { name: 'a', size: 1.5 },
    ])
  })

  it('finds the drift of a feature in the models that rank with it, and where it is not known', () => {
    const drift = {
      slates: 120,
      since: '',
      features: [{ feature: 'a', psi: 0.3, missingInTraining: 0, missingLately: 0, bins: [] }],
    }
    const known = { id: '1', name: 'new', status: 'ACTIVE' as const, features: ['a', 'position'], drift }
    const models = [
      known,
      { ...known, name: 'old', drift: null },
      { ...known, name: 'shadow', status: 'SHADOW' as const, drift: null },
    ]
    expect(driftsOf({ models }, 'a').map(({ model, slates, drift: found }) => [model, slates, found?.psi])).toEqual([
      ['new', 120, 0.3],
      ['old', undefined, undefined],
    ])
    expect(driftsOf({ models }, 'position')[0]).toMatchObject({ model: 'new', drift: undefined })
    expect([...largestDrifts({ models })]).toEqual([['a', 0.3]])
  })

  it('reads the rate of events from a sum that fades', () => {
    // Ten an hour for ever add up to this sum, with a half-life of a day.
    const sum = 10 * (24 / Math.LN2)
    expect(weightPerHour('item_popularity_1d', sum)).toBeCloseTo(10, 9)
  })
})
