import { describe, expect, it } from 'vitest'
import { evaluateImpressions } from '../../../lab/evaluation/evaluate-impressions.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { withinUser } from '../../../lab/evaluation/within-user.ts'
import { NO_GIVEN_ORDER } from '../../../lab/learning/given-order.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Ranker } from '../../../src/ranking/model-ranker.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'

const START = Date.UTC(2024, 5, 3)

interface Shown {
  readonly split: string
  readonly items: readonly [string, string]
  readonly clicked?: string
  readonly userId?: string
  readonly surface?: string
}

/** A slate an hour, each of a session of its own: two items, of which one is clicked or none. */
function log(slates: readonly Shown[]): LoggedEvent[] {
  return slates.flatMap(({ split, items, clicked, userId, surface }, s) => {
    const common = {
      userId: userId ?? `u${s}`,
      sessionId: `s${s}`,
      timestamp: START + s * HOUR,
      eventAttributes: { split, slate: `slate${s}`, ...(surface !== undefined && { surface }) },
    }
    const id = String(s).padStart(3, '0')
    return [
      ...items.map((itemId, i) => ({ ...common, eventId: `${id}-${i}`, itemId, eventType: 'impression' })),
      ...(clicked === undefined ? [] : [{ ...common, eventId: `${id}-9`, itemId: clicked, eventType: 'click' }]),
    ]
  })
}

/** A model that is the opposite of one feature, or the feature; 0 where it is missing. */
function model(feature: string, factor: number): Ranker {
  return {
    name: feature,
    features: [feature],
    constants: new Map(),
    score: async (matrix) => matrix.map((value) => (Number.isNaN(value) ? 0 : factor * value)),
  }
}

async function evaluate(events: readonly LoggedEvent[]) {
  const data = loggedFolder(events)
  const { figures } = await evaluateImpressions({
    data,
    domain: UNLIMITED,
    period: await findTestPeriod(data, 0.75),
    systems: [
      { method: 'contrary', ranker: model('item_ctr_7d', -1), what: 'the opposite of the click rate' },
      { method: 'place', ranker: model('surface_ctr_7d', 1), what: 'the click rate of the surface' },
      { method: 'again', ranker: model('pair_clicks', 1), what: 'what the user has clicked before' },
    ],
    window: DAY,
    givenOrder: NO_GIVEN_ORDER,
    shareOfUsers: 1,
    seed: 1,
    problems: noProblems(),
    onProgress: () => {},
  })
  return (setting: string, method: string, listedBy = 'user') =>
    figures.find((row) => row.setting === setting && row.method === method && row.listedBy === listedBy)
}

const learned = Array.from({ length: 20 }, () => ({ split: 'train', items: ['bad', 'good'] as const, clicked: 'good' }))

describe('the evaluation of impressions', () => {
  it('orders the items of each user', async () => {
    const figures = await evaluate(
      log([
        ...learned,
        ...Array.from({ length: 4 }, () => ({ split: 'test', items: ['bad', 'good'] as const, clicked: 'good' })),
      ]),
    )
    for (const setting of ['static', 'prequential']) {
      expect(figures(setting, 'click_rate')).toMatchObject({ users: 4, ndcg10: 1, auc: 1 })
      expect(figures(setting, 'contrary')).toMatchObject({ users: 4, ndcg10: expect.closeTo(1 / Math.log2(3), 9), auc: 0 })
    }
  })

  it('learns during the test period, and judges each slate before it learns from the slate', async () => {
    const figures = await evaluate(
      log([...learned, ...Array.from({ length: 4 }, () => ({ split: 'test', items: ['q', 'p'] as const, clicked: 'p' }))]),
    )
    // Frozen, nobody has seen p or q: equal rates. Else only the first user meets two items that nobody has seen.
    expect(figures('static', 'click_rate')).toMatchObject({ users: 4, auc: 0.5, ndcg10: expect.closeTo(1 / Math.log2(3), 9) })
    expect(figures('prequential', 'click_rate')).toMatchObject({
      users: 4,
      auc: expect.closeTo(3.5 / 4, 9),
      ndcg10: expect.closeTo((3 + 1 / Math.log2(3)) / 4, 9),
    })
  })

  it('uses in the static setting the state of the user at the start of the test period, and the session itself', async () => {
    const twice = { split: 'test', items: ['bad', 'good'] as const, clicked: 'good', userId: 'z' }
    const figures = await evaluate(log([...learned, twice, twice]))
    // In the second session the user has clicked once before: that puts one of two clicks above both others.
    expect(figures('static', 'again')).toMatchObject({ users: 1, auc: 0.5 })
    expect(figures('prequential', 'again')).toMatchObject({ users: 1, auc: 0.75 })
  })

  it('also orders the items of each surface, where a difference between surfaces is worth nothing', async () => {
    const places = [...learned, ...learned].map(({ clicked, ...rest }, n) =>
      n % 2 === 0 ? { ...rest, clicked, surface: 'feed' } : { ...rest, surface: 'rail' },
    )
    const test = { split: 'test', items: ['bad', 'good'] as const, userId: 'z' }
    const figures = await evaluate(log([...places, { ...test, clicked: 'good', surface: 'feed' }, { ...test, surface: 'rail' }]))
    // Of one clicked and three others one is equal to it: the other on its surface.
    expect(figures('static', 'place')).toMatchObject({ users: 1, lists: 1, auc: expect.closeTo(2.5 / 3, 9) })
    expect(figures('static', 'place', 'surface')).toMatchObject({ users: 1, lists: 1, auc: 0.5 })
    expect(figures('static', 'click_rate', 'surface')).toMatchObject({ users: 1, lists: 1, auc: 1 })
    // A log of one surface has no such figures.
    const alone = await evaluate(log([...learned, { ...test, clicked: 'good' }]))
    expect(alone('static', 'click_rate')).toMatchObject({ auc: 1 })
    expect(alone('static', 'click_rate', 'surface')).toBeUndefined()
  })

  it('cannot judge users who clicked all items or none', async () => {
    await expect(evaluate(log([...learned, { split: 'test', items: ['a', 'a'], clicked: 'a' }]))).rejects.toThrow(
      'no user clicked some impressions of the test period and ignored others',
    )
  })
})

describe('order within a user', () => {
  it('has the figures of the textbook', () => {
    expect(withinUser([3, 2, 1], [false, true, false])).toEqual({ ndcg10: expect.closeTo(1 / Math.log2(3), 12), auc: 0.5 })
    // Two clicks at ranks 1 and 3 of an ideal 1 and 2.
    const { ndcg10, auc } = withinUser([4, 3, 2, 1], [true, false, true, false])!
    expect(ndcg10).toBeCloseTo((1 + 1 / 2) / (1 + 1 / Math.log2(3)), 12)
    expect(auc).toBe(0.75)
    expect(withinUser([1, 2], [true, true])).toBeUndefined()
  })

  it('does not improve by equal scores', () => {
    expect(withinUser([1, 1], [true, false])).toEqual({ ndcg10: expect.closeTo(1 / Math.log2(3), 12), auc: 0.5 })
  })

  it('looks ten places down', () => {
    const scores = Array.from({ length: 12 }, (_, at) => -at)
    expect(
      withinUser(
        scores,
        scores.map((_, at) => at === 10),
      )?.ndcg10,
    ).toBe(0)
    expect(
      withinUser(
        scores,
        scores.map((_, at) => at === 9),
      )?.ndcg10,
    ).toBeCloseTo(1 / Math.log2(11), 12)
  })
})
