import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateImpressions } from '../../../lab/evaluation/evaluate-impressions.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { withinSlate } from '../../../lab/evaluation/within-slate.ts'
import { GivenOrder } from '../../../lab/learning/given-order.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Ranker } from '../../../src/ranking/model-ranker.ts'
import { DAY, HOUR, MINUTE } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'

const START = Date.UTC(2024, 5, 3)

interface Visit {
  readonly split: 'train' | 'test'
  readonly userId?: string
  readonly sessionId?: string
  /** Items that the session views before it sees the list. */
  readonly views?: readonly string[]
  readonly surface?: string
  /** Items by position, in the order in which they became visible. */
  readonly list: readonly (readonly [itemId: string, position: number])[]
  readonly clicked?: string | undefined
}

/** One visit an hour. */
function log(visits: readonly Visit[]): LoggedEvent[] {
  return visits.flatMap(({ split, userId, sessionId, views = [], surface = 'search', list, clicked }, n) => {
    const id = String(n).padStart(3, '0')
    const event = (at: number, eventType: string, itemId: string, more: object = {}): LoggedEvent => ({
      eventId: `${id}-${String(at).padStart(2, '0')}`,
      userId: userId ?? `u${n}`,
      sessionId: sessionId ?? `s${n}`,
      timestamp: START + n * HOUR + at * MINUTE,
      itemId,
      eventType,
      eventAttributes: { split, ...more },
    })
    return [
      ...views.map((itemId, at) => event(at, 'view', itemId)),
      ...list.map(([itemId, position], at) => event(20 + at, 'impression', itemId, { surface, position, slate: `list${n}` })),
      ...(clicked === undefined ? [] : [event(40, 'click', clicked, { surface })]),
    ]
  })
}

/** Ranks as the list was given, and reads nothing else. */
const byGivenRank: Ranker = {
  name: 'given',
  features: ['given_rank'],
  constants: new Map(),
  score: async (matrix) => matrix.map((place) => (Number.isNaN(place) ? -1000 : -place)),
}

/** Ranks by what the user viewed before. */
const byViews: Ranker = {
  ...{ name: 'views', features: ['pair_views'], constants: new Map(), score: async (matrix) => matrix },
}

async function evaluate(visits: readonly Visit[], surfaces: readonly string[] = ['search']) {
  const data = loggedFolder(log(visits))
  const report = await evaluateImpressions({
    data,
    domain: UNLIMITED,
    period: await findTestPeriod(data, 0.75),
    systems: [
      { method: 'model', ranker: byGivenRank, what: 'the given order' },
      { method: 'views', ranker: byViews, what: 'what the user viewed' },
    ],
    window: DAY,
    givenOrder: new GivenOrder(surfaces),
    shareOfUsers: 1,
    seed: 1,
    problems: noProblems(),
    onProgress: () => {},
  })
  const { figures, differences } = report.shownLists
  return {
    of: (method: string, part = 'all', setting = 'static') =>
      figures.find((row) => row.setting === setting && row.method === method && row.part === part),
    minus: (against: string, part = 'all') =>
      differences.find((row) => row.setting === 'static' && row.against === against && row.part === part),
  }
}

const learned: Visit[] = Array.from({ length: 6 }, () => ({
  split: 'train',
  list: [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ],
  clicked: 'b',
}))
const tested = (changes: Partial<Visit> = {}): Visit => ({ ...learned[0], split: 'test', ...changes })

describe('the order within shown lists', () => {
  it('is that of the positions, in whatever order the items became visible', async () => {
    const list = [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ] as const
    const { of } = await evaluate([...learned, tested({ list }), tested({ list, clicked: 'a' })])
    for (const method of ['shown_order', 'model'])
      expect(of(method)).toMatchObject({ lists: 2, users: 2, mrr: 0.75, recall1: 0.5, recall3: 1 })
    expect(of('shown_order')!.ndcg).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 9)
  })

  it('puts items first on which the session acted before, the latest at the top', async () => {
    const { of } = await evaluate([
      ...learned,
      tested({ views: ['b', 'c'], clicked: 'c' }),
      tested({ views: ['c', 'b'], clicked: 'c' }),
      tested({ views: ['x'], clicked: 'b' }),
    ])
    // c, b, a; then b, c, a; then a, b, c.
    expect(of('last_touched')!.mrr).toBeCloseTo((1 + 1 / 2 + 1 / 2) / 3, 9)
    expect(of('shown_order')!.mrr).toBeCloseTo((1 / 3 + 1 / 3 + 1 / 2) / 3, 9)
  })

  it('can be predicted from earlier actions of the session, whose features exist before the list is seen, in both settings', async () => {
    const { of } = await evaluate([
      ...learned,
      ...['a', 'b', 'c'].map((touched) => tested({ views: [touched], clicked: touched })),
    ])
    for (const setting of ['static', 'prequential'])
      for (const method of ['views', 'last_touched']) expect(of(method, 'all', setting)).toMatchObject({ lists: 3, mrr: 1 })
  })

  it('does not depend on actions of other sessions of the user', async () => {
    const views = ['c']
    const { of } = await evaluate([
      ...learned,
      tested({ userId: 'z', sessionId: 'one', views, clicked: 'c' }),
      tested({ userId: 'z', sessionId: 'two', clicked: 'c' }),
    ])
    expect(of('last_touched')!.mrr).toBeCloseTo((1 + 1 / 3) / 2, 9)
  })

  it('does not depend on the click on the list itself', async () => {
    const { of } = await evaluate([...learned, tested({ clicked: 'c' })])
    expect(of('last_touched')!.mrr).toBeCloseTo(1 / 3, 9)
  })

  it('is compared in pairs, over users', async () => {
    const { minus, of } = await evaluate([...learned, ...Array.from({ length: 8 }, () => tested({ views: ['b'], clicked: 'b' }))])
    expect(minus('last_touched')).toMatchObject({ method: 'model', mrr: -0.5, intervals: { mrr: [-0.5, -0.5] } })
    expect(of('last_touched')!.mrr).toBe(1)
  })

  it('is judged separately for given surfaces, and for users with few actions', async () => {
    const views = ['a', 'b', 'c']
    const { of } = await evaluate(
      [...learned, tested({ views }), tested(), tested({ surface: 'home', clicked: 'a' })],
      ['search'],
    )
    expect(of('shown_order')).toMatchObject({ lists: 3 })
    expect(of('shown_order', 'surface search')).toMatchObject({ lists: 2, mrr: 0.5 })
    expect(of('shown_order', 'fewActions')).toMatchObject({ lists: 2 })
    // Serving does not know the order on home: the model has nothing to go by, and equal scores gain nothing.
    expect(of('model', 'surface search')!.mrr).toBe(0.5)
    expect(of('model')!.mrr).toBeCloseTo((0.5 + 0.5 + 1 / 3) / 3, 9)
  })

  it('cannot be judged for a list of which all items were clicked, or that has one item', async () => {
    const { of } = await evaluate([
      ...learned,
      tested(),
      tested({ list: [['a', 1]], clicked: 'a' }),
      tested({ clicked: undefined }),
    ])
    expect(of('shown_order')).toMatchObject({ lists: 1 })
  })
})

describe('the measures of a list', () => {
  it('are those of the textbook', () => {
    // Clicks at ranks 2 and 4.
    const found = withinSlate([4, 3, 2, 1], [false, true, false, true])!
    const ndcg = (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3))
    expect(found).toEqual([0.5, expect.closeTo(ndcg, 12), 0, 0.5])
    expect(withinSlate([2, 1], [true, false])).toEqual([1, 1, 1, 1])
    expect(withinSlate([1, 1], [true, false])).toEqual([0.5, expect.closeTo(1 / Math.log2(3), 12), 0, 1])
    expect(withinSlate([1, 2], [true, true])).toBeUndefined()
    expect(withinSlate([1, 2], [false, false])).toBeUndefined()
  })

  it('depend only on the order of the scores, and are best if every clicked item is above all others', () => {
    const lists = fc
      .array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean()), { minLength: 2, maxLength: 12 })
      .filter((list) => new Set(list.map(([, clicked]) => clicked)).size === 2)
    fc.assert(
      fc.property(lists, (list) => {
        const scores = list.map(([score]) => score)
        const clicked = list.map(([, click]) => click)
        const found = withinSlate(scores, clicked)!
        expect(
          withinSlate(
            scores.map((score) => score ** 3 * 2 + 7),
            clicked,
          ),
        ).toEqual(found)
        const best = withinSlate(clicked.map(Number), clicked)!
        expect(best.slice(0, 2)).toEqual([1, expect.closeTo(1, 12)])
        found.forEach((value, measure) => {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(best[measure] + 1e-12)
        })
      }),
    )
  })
})
