import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { operation, operationText } from '../../web/console/copied-operation.ts'
import { fileName, toCsv } from '../../web/console/csv.ts'
import { driftsOf, largestDrifts } from '../../web/console/features/drift-of-feature.ts'
import { nearNames } from '../../web/console/features/near-names.ts'
import { sameFigure } from '../../web/console/features/same-figure.ts'
import { weightPerHour } from '../../web/console/item/interest-rates.ts'
import { scoreDrivers } from '../../web/console/models/score-drivers.ts'
import {
  areSame,
  conditionsOf,
  type DraftRules,
  effectiveRules,
  filterOfAll,
  hiddenKinds,
} from '../../web/console/rules/draft-rules.ts'
import { newItemsDays, newItemsFilter } from '../../web/console/rules/new-items.ts'
import { ruleSentences } from '../../web/console/rules/rule-sentences.ts'
import { slateChanges } from '../../web/console/rules/slate-changes.ts'
import { type PinnedItem, whyUnmet } from '../../web/console/rules/unmet-pin.ts'
import { timeTicks } from '../../web/console/time-ticks.ts'
import { placementOf } from '../../web/console/user/placement.ts'
import { scoreDifferences } from '../../web/console/user/score-difference.ts'
import { sessionsOf } from '../../web/console/user/sessions-of.ts'
import { featureValueText } from '../../web/design/feature-value.ts'
import { PolicyReportsDocument } from '../../web/generated/console-experiments.ts'
import { AuditTrailDocument } from '../../web/generated/console-keys.ts'
import { ActiveUsersDocument, SlateNowDocument } from '../../web/generated/console-user.ts'

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
      boost: [
        { filter: { attribute: { name: 'brand', eq: 'Lux' } }, factor: 1.5 },
        { filter: newItemsFilter(7), factor: 2 },
      ],
      excludePurchased: false,
    }
    expect(ruleSentences(rules, (id) => id.toUpperCase())).toEqual([
      'Show MUG at position 1.',
      'Multiply the scores of items where brand is Lux by 1.5.',
      'Multiply the scores of items where the first event is at most 7 days ago, or none has come yet by 2.',
      'Also show what the user has bought.',
    ])
  })

  it('says why a pinned item is not shown, where the rules or the catalogue say it', () => {
    const item = { available: true, attributes: { brand: 'Lux', tags: ['red'], price: 5 } }
    const cheap = { attribute: { name: 'price', lte: 4 } }
    const brand = { attribute: { name: 'brand', eq: 'Lux' } }
    const because = (rules: DraftRules, of: PinnedItem | null = item) => whyUnmet('mug', of, rules)?.because
    expect(because({ exclude: ['mug'], filter: cheap })).toBe('hidden')
    expect(because({}, null)).toBe('missing')
    expect(because({ filter: cheap }, { ...item, available: false })).toBe('unavailable')
    expect(whyUnmet('mug', item, { filter: { and: [brand, cheap] } })).toEqual({ because: 'filter', condition: cheap })
    expect(because({ filter: { not: brand } })).toBe('filter')
    expect(because({ filter: { attribute: { name: 'tags', eq: 'red' } } })).toBeUndefined()
    expect(because({ exclude: ['cup'], excludePurchased: true })).toBeUndefined()
  })

  it('knows filters of new items from others', () => {
    expect(newItemsDays(newItemsFilter(30))).toBe(30)
    expect(newItemsDays({ or: [{ feature: { name: 'item_age_hours', lte: 24 } }] })).toBeUndefined()
    expect(newItemsDays({ feature: { name: 'item_age_hours', lte: 24 } })).toBeUndefined()
  })

  it('copies operations that run as they are, whatever the types of their variables', () => {
    const schema = buildSchema(readFileSync(join(PACKAGE_ROOT, 'schema.graphql'), 'utf8'))
    const slate = { userId: 'a "b"\n{', first: 12, preview: true, rules: { diversity: 0.5, pin: [{ itemId: '1', position: 1 }] } }
    const texts = [
      operation(SlateNowDocument, { input: slate }),
      operation(ActiveUsersDocument, { first: 25, orderBy: { feature: 'user_events_1d' } }),
      operation(AuditTrailDocument, { first: 25, action: 'SET_RULES' }),
      operation(PolicyReportsDocument, { since: '2026-11-01T00:00:00Z' }),
    ].map(operationText)
    for (const text of texts) expect(validate(schema, parse(text)), text).toEqual([])
    expect(texts[1]).toContain('$first: Int! = 25, $after: String, $orderBy: UserOrder = {feature: "user_events_1d"}')
    expect(texts[2]).toContain('$action: AuditAction = SET_RULES')
  })

  it('says what put an item above one with a higher score', () => {
    const item = (score: number, code = 'TRENDING', exploration = false, propensity = 1) => ({
      ...{ score, exploration, propensity },
      reason: { code },
    })
    const placements = (items: ReturnType<typeof item>[]) => items.map((one, i) => placementOf(one, items.slice(i + 1)))
    expect(placements([item(3), item(1), item(2), item(1)])).toEqual([undefined, 'varied', undefined, undefined])
    // What a rule or chance has placed below says nothing about the items above it.
    expect(placements([item(2), item(1, 'PINNED'), item(9, 'PINNED'), item(8, 'EXPLORATION', true, 0.1)])).toEqual([
      ...[undefined, 'pinned', 'pinned', 'drawn'],
    ])
    expect(placements([item(1, 'TRENDING', false, 0.2), item(2, 'TRENDING', false, 0.5)])).toEqual(['shuffled', 'shuffled'])
  })

  it('writes values of features as people say them', () => {
    const shown = [
      [0, 'place'],
      [0.071, 'place'],
      [1, 'place'],
      [1.512, 'ratio'],
      [0.042, 'clicks per impression'],
      [1, 'yes or no'],
      [200, 'seconds'],
      [49, 'hours'],
      [12.3456, null],
    ] as const
    expect(shown.map(([value, unit]) => featureValueText(value, unit))).toEqual([
      ...['first', 'in the top 8%', 'last', '1.51 times', '4.2%', 'yes', '3.3 minutes', '2 days', '12.3'],
    ])
  })

  it('groups events by session, the latest first', () => {
    const events = [
      { sessionId: 'b', timestamp: '1970-01-01T00:00:00.030Z' },
      { sessionId: null, timestamp: '1970-01-01T00:00:00.025Z' },
      { sessionId: 'a', timestamp: '1970-01-01T00:00:00.020Z' },
      { sessionId: 'a', timestamp: '1970-01-01T00:00:00.010Z' },
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

  it('names files after what is in them, so that no two collide', () => {
    expect(fileName('Features', 'item-0017')).toBe('Features item-0017.csv')
    const names = ['../..', '<img src=x>', 'a/b', 'a~2fb', 'a b', 'a_b', '🫖'].map((id) => fileName('Features', id))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^Features [\w.~-]+\.csv$/)
    expect(Buffer.byteLength(fileName('x'.repeat(200), '🫖'.repeat(128)))).toBeLessThan(255)
  })

  it('puts times on an axis that can stand beside each other, none of them twice', () => {
    const from = Date.UTC(2026, 10, 29, 10, 39, 33, 250)
    for (const [seconds, width] of [
      [60, 240],
      [3, 240],
      [60, 160],
      [601, 240],
      [3600, 900],
    ] as const) {
      const ticks = timeTicks(from, from + seconds * 1000, width).map((at) => at.getTime())
      expect(ticks.length).toBeGreaterThan(0)
      expect(ticks.length).toBeLessThanOrEqual(Math.floor(width / 60))
      expect(new Set(ticks.map((at) => Math.floor(at / 1000))).size).toBe(ticks.length)
      expect(ticks.every((at) => at >= from && at <= from + seconds * 1000)).toBe(true)
    }
  })

  it('finds names near to another one, and the same figure of something else', () => {
    const all = [
      { name: 'item_ctr_7d', entity: 'ITEM' },
      { name: 'brand_ctr_7d', entity: 'ATTRIBUTE' },
      { name: 'brand_name_ctr_7d', entity: 'ATTRIBUTE' },
      { name: 'surface_ctr_7d', entity: 'ATTRIBUTE' },
      { name: 'user_ctr_7d', entity: 'USER' },
      { name: 'item_views', entity: 'ITEM' },
    ]
    const same = (name: string) =>
      sameFigure(all.find((one) => one.name === name)!, all, ['brand', 'brand_name']).map((one) => one.name)
    expect(same('item_ctr_7d')).toEqual(['brand_ctr_7d', 'brand_name_ctr_7d', 'surface_ctr_7d'])
    expect(same('brand_name_ctr_7d')).toEqual(['item_ctr_7d', 'brand_ctr_7d', 'surface_ctr_7d'])
    expect(same('item_views')).toEqual([])
    const names = all.map(({ name }) => name)
    expect(nearNames('item_ctr', names, 2)).toEqual(['item_ctr_7d', 'item_views'])
    expect(nearNames('nope', names, 5)).toEqual([])
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
    const listed = [
      known,
      { ...known, name: 'old', drift: null },
      { ...known, name: 'shadow', status: 'SHADOW' as const, drift: null },
    ]
    const models = { edges: listed.map((node) => ({ node })) }
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
