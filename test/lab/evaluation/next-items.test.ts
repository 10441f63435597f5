import { describe, expect, it } from 'vitest'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import type { CandidateSource } from '../../../src/candidates/source.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'
import { evaluate, evaluateFolder, figuresOf, filler, mean, START, splitLog, train } from './evaluated-sessions.ts'

describe('the next item of a session', () => {
  const events = splitLog([
    ...train,
    { split: 'test', items: ['a', 'b'] },
    { split: 'test', items: ['p', 'q'] },
    { split: 'test', items: ['p', 'q'] },
  ])

  it('is predicted from what was learned before the test period, or before the row', async () => {
    const report = await evaluate(events)
    expect(report.test).toMatchObject({ split: 'declared', rows: 3, users: 3, items: 36 })
    // a brings b in both; p brings q only where the first of the test sessions on p was learned.
    for (const method of ['item_to_item', 'vs_knn']) {
      for (const rowSet of ['new', 'all']) {
        // VS-KNN brings back the item of the session itself, which stands first, or second where scores are equal and its id is later.
        const again = method === 'vs_knn' && rowSet === 'all' ? 1 / 2 : 1
        expect(figuresOf(report, 'static', rowSet, method)).toEqual({ rows: 3, hr20: mean(1, 0, 0), mrr20: mean(again, 0, 0) })
        expect(figuresOf(report, 'prequential', rowSet, method)).toEqual({
          rows: 3,
          hr20: mean(1, 0, 1),
          mrr20: mean(again, 0, again),
        })
      }
    }
    // Frozen, b was acted on as often as a, and last. Else a is ahead by the session itself, then p, and q is the first of those seen once.
    expect(figuresOf(report, 'static', 'all', 'popularity')).toEqual({ rows: 3, hr20: mean(1, 0, 0), mrr20: mean(1, 0, 0) })
    expect(figuresOf(report, 'prequential', 'all', 'popularity')).toEqual({
      rows: 3,
      hr20: mean(1, 0, 1),
      mrr20: mean(1 / 2, 0, 1 / 6),
    })
    expect(figuresOf(report, 'prequential', 'new', 'popularity')).toEqual({
      rows: 3,
      hr20: mean(1, 0, 1),
      mrr20: mean(1, 0, 1 / 5),
    })
    // Nothing that was seen before is new. Behind it stands the rest of the catalogue, the newest first, and by the last row that is q.
    expect(figuresOf(report, 'static', 'new', 'recently_seen')).toEqual({ rows: 3, hr20: 0, mrr20: 0 })
    expect(figuresOf(report, 'prequential', 'new', 'recently_seen')).toEqual({
      rows: 3,
      hr20: mean(0, 0, 1),
      mrr20: mean(0, 0, 1),
    })
    expect(report.delays).toEqual([])
  })

  it('can be an item that the session already had, which only counts in all rows', async () => {
    const report = await evaluate(splitLog([...train, { split: 'test', items: ['a', 'a', 'b'] }]))
    // The first row goes on with a again, the second with b.
    expect(figuresOf(report, 'static', 'all', 'recently_seen')).toEqual({ rows: 2, hr20: mean(1, 0), mrr20: mean(1, 0) })
    expect(figuresOf(report, 'static', 'new', 'item_to_item')).toEqual({ rows: 1, hr20: 1, mrr20: 1 })
    expect(figuresOf(report, 'static', 'all', 'item_to_item')).toEqual({ rows: 2, hr20: mean(0, 1), mrr20: mean(0, 1) })
  })

  it('is predicted in the static setting from the state of the user at the start of the test period, and the session itself', async () => {
    const report = await evaluate(
      splitLog([
        ...train,
        { split: 'test', userId: 'z', items: ['a', 'f00'] },
        { split: 'test', userId: 'z', items: ['c', 'd'] },
        { split: 'test', userId: 'z', items: ['f05', 'a'] },
      ]),
    )
    // The third session goes back to a, which its user saw in the first: frozen, nobody knows.
    expect(figuresOf(report, 'static', 'all', 'recently_seen').hr20).toBe(0)
    expect(figuresOf(report, 'prequential', 'all', 'recently_seen')).toEqual({
      rows: 3,
      hr20: mean(0, 0, 1),
      mrr20: mean(0, 0, 1 / 5),
    })
    const slices = report.slices.filter(
      ({ setting, rowSet, method }) => setting === 'static' && rowSet === 'all' && method === 'rule',
    )
    // All next items are cold, and all rows follow a first event: what is no part of the rows is no slice.
    expect(Object.fromEntries(slices.map(({ slice, rows }) => [slice, rows]))).toEqual({
      newUsers: 1,
      returningUsers: 2,
      fewActions: 1,
    })
    const differences = report.sliceDifferences.filter(({ setting, rowSet }) => setting === 'static' && rowSet === 'all')
    expect(differences.find(({ slice, against }) => slice === 'fewActions' && against === 'random')).toMatchObject({
      rows: 1,
      method: 'rule',
      intervals: { hr20: [expect.any(Number), expect.any(Number)] },
    })
  })

  it('is predicted in the static setting equally well, however much later the session comes', async () => {
    const before = splitLog(train)
    const both = splitLog([
      ...train,
      { split: 'test', userId: 'z', items: ['c', 'd'] },
      { split: 'test', userId: 'y', items: ['a', 'b', 'c', 'd'] },
    ]).slice(before.length)
    const after = (days: number) =>
      both.map((event) => (event.userId === 'y' ? { ...event, timestamp: event.timestamp + days * DAY } : event))
    const soon = await evaluate([...before, ...after(0)])
    const late = await evaluate([...before, ...after(2000)])
    // Totals of the shop, and lists of similar items, would have faded to nothing in five years.
    for (const rowSet of ['all', 'new', 'openings'] as const) {
      for (const method of ['rule', 'item_to_item', 'popularity', 'recently_seen']) {
        const { rows, hr20, mrr20 } = figuresOf(late, 'static', rowSet, method)
        expect({ rowSet, method, rows, hr20, mrr20 }).toEqual({ rowSet, method, ...figuresOf(soon, 'static', rowSet, method) })
      }
    }
    expect(figuresOf(late, 'static', 'new', 'rule').mrr20).toBeGreaterThan(0)
    const recall = (report: typeof soon) => report.recall.filter(({ setting }) => setting === 'static')
    expect(recall(late)).toEqual(recall(soon))
  })

  it('can be the first item of a session: then only the user is known', async () => {
    const report = await evaluate(
      splitLog([
        { split: 'train', userId: 'z', items: ['k'] },
        ...train,
        { split: 'test', userId: 'z', items: ['k', 'a'] },
        { split: 'test', userId: 'n', items: ['a', 'b'] },
      ]),
    )
    expect(report.test).toMatchObject({ rows: 2, openings: 2 })
    for (const setting of ['static', 'prequential']) {
      // Of the newcomer nothing is known, and what was added last is not what they begin with.
      expect(figuresOf(report, setting, 'openings', 'recently_seen')).toEqual({ rows: 2, hr20: mean(1, 0), mrr20: mean(1, 0) })
      expect(figuresOf(report, setting, 'openings', 'vs_knn')).toEqual({ rows: 2, hr20: 0, mrr20: 0 })
    }
    // More is newer than k. Frozen, b is ahead of a, as often acted on and last; else z has gone on with a.
    expect(figuresOf(report, 'static', 'openings', 'popularity')).toEqual({ rows: 2, hr20: mean(0, 1), mrr20: mean(0, 1 / 2) })
    expect(figuresOf(report, 'prequential', 'openings', 'popularity')).toEqual({ rows: 2, hr20: mean(0, 1), mrr20: mean(0, 1) })
    const slices = report.slices.filter(
      ({ rowSet, setting, method }) => rowSet === 'openings' && setting === 'static' && method === 'rule',
    )
    expect(Object.fromEntries(slices.map(({ slice, rows }) => [slice, rows]))).toEqual({ newUsers: 1, returningUsers: 1 })
    expect(report.recall.find((row) => row.rowSet === 'openings' && row.setting === 'static')?.recall.recent).toBe(1 / 2)
  })

  it('can be any but the item acted on last, which every list then leaves out', async () => {
    const events = splitLog([...train, { split: 'test', items: ['a', 'a', 'b', 'a'] }])
    const report = await evaluate(events)
    // The first row goes on with a, the second with b, the third with a: in the first, nothing but a was acted on last.
    expect(figuresOf(report, 'static', 'all', 'recently_seen')).toEqual({
      rows: 3,
      hr20: mean(1, 0, 1),
      mrr20: mean(1, 0, 1 / 2),
    })
    expect(figuresOf(report, 'static', 'other', 'recently_seen')).toEqual({ rows: 2, hr20: mean(0, 1), mrr20: mean(0, 1) })
    expect(figuresOf(report, 'static', 'other', 'item_to_item')).toEqual({ rows: 2, hr20: 1, mrr20: 1 })
  })

  it('can be new to the user: then lists leave out all that the user has acted on, in any session', async () => {
    const report = await evaluate(
      splitLog([
        ...train,
        { split: 'train', userId: 'z', items: ['b', 'f00'] },
        { split: 'test', userId: 'z', items: ['a', 'b'] },
        { split: 'test', userId: 'z', items: ['c', 'd'] },
      ]),
    )
    // b is new to the session, and not to z. Both rows go on as others did.
    expect(figuresOf(report, 'static', 'new', 'item_to_item')).toEqual({ rows: 2, hr20: 1, mrr20: 1 })
    expect(figuresOf(report, 'static', 'newToUser', 'item_to_item')).toEqual({ rows: 1, hr20: 1, mrr20: 1 })
    // Frozen, b is the most popular item, and a and f00 are no longer in the list of z: d is the first that is left but c.
    expect(figuresOf(report, 'static', 'new', 'popularity').rows).toBe(2)
    expect(figuresOf(report, 'static', 'newToUser', 'recently_seen')).toEqual({ rows: 1, hr20: 0, mrr20: 0 })
  })

  it('is a miss as served, if the domain leaves it out by default', async () => {
    const data = loggedFolder(splitLog([...train, { split: 'test', userId: 'z', items: ['a', 'a', 'b', 'a'] }]))
    const { seen } = eCommerce
    const served = await evaluateFolder(data, [], { ...UNLIMITED, seen: seen! })
    // The shop leaves out the item acted on last: the first row goes on with it, the third with an earlier one.
    expect(figuresOf(served, 'static', 'asServed', 'recently_seen')).toEqual({
      rows: 3,
      hr20: mean(0, 0, 1),
      mrr20: mean(0, 0, 1),
    })
    expect(figuresOf(served, 'static', 'asServed', 'item_to_item').hr20).toBeLessThanOrEqual(2 / 3)
    const open = await evaluateFolder(data)
    expect(figuresOf(open, 'static', 'asServed', 'recently_seen')).toEqual(figuresOf(open, 'static', 'all', 'recently_seen'))
  })

  it('does not count if the session began before the test period', async () => {
    const straddling = splitLog(train)
    const last = straddling[straddling.length - 1]
    const goesOn = ['a', 'b'].map((itemId, i): LoggedEvent => {
      const timestamp = last.timestamp + (i + 1) * SECOND
      return { ...last, eventId: `z${i}`, itemId, timestamp, eventAttributes: { split: 'test' } }
    })
    const after = splitLog([...train, { split: 'test', items: ['a', 'b'] }]).slice(-2)
    const report = await evaluate([...straddling, ...goesOn, ...after])
    expect(report.test.rows).toBe(1)
  })

  it('is judged in the last part of a log that names no split', async () => {
    const unnamed = events.map(({ eventAttributes: _, ...event }) => event)
    const period = await findTestPeriod(loggedFolder(unnamed), 0.85)
    expect(period).toMatchObject({ isDeclared: false, declaresTrain: false, before: 39, events: 46 })
    const report = await evaluate(unnamed)
    expect(report.test.split).toBe('time')
  })

  it('is reported with the mean popularity, coverage and recall of the lists', async () => {
    const { lists, recall } = await evaluate(events)
    const popularity = lists.find(({ setting, method }) => setting === 'static' && method === 'popularity')
    // The same 20 items of 36 in all three lists, but for those with the session's own.
    expect(popularity?.coverage).toBeCloseTo(20 / 36, 9)
    expect(popularity?.diversity).toBeUndefined()
    expect(recall.find(({ setting, rowSet }) => setting === 'prequential' && rowSet === 'new')?.recall).toMatchObject({
      item_to_item: expect.closeTo(2 / 3, 9),
      union: expect.closeTo(2 / 3, 9),
      recent: 0,
    })
  })
})

/** An event that makes a log longer than a day. */
const EARLY = { ...splitLog(train)[0], eventId: '0', userId: 'early', sessionId: 'early', timestamp: START - 2 * DAY }

/** A source that proposes the item of the user's attribute `wants`, in place of trending items. */
const WANTED: CandidateSource = {
  name: 'trending',
  quota: 1,
  reads: () => ({}),
  candidates: ({ user: { attributes } }) => {
    const itemIds = typeof attributes.wants === 'string' ? [attributes.wants] : []
    return { itemIds, scores: itemIds.map(() => 1), reason: () => ({ code: 'TRENDING' }) }
  },
}

describe('with delayed state', () => {
  it('own state lacks the last action only if the session continues within the delay', async () => {
    const test = [
      { split: 'test', items: ['p', 'q'] },
      { split: 'test', items: ['p', 'q'], gap: 5 * MINUTE },
    ]
    const { delays } = await evaluate(
      [EARLY, ...splitLog([{ split: 'train', items: ['p', 'q'] }, ...train, ...test])],
      [MINUTE, HOUR],
    )
    const own = delays.filter((row) => row.rowSet === 'new' && row.state === 'own')
    expect(own.map(({ sooner }) => sooner)).toEqual([0, 0.5, 1])
    // p brings q. A newcomer has what is popular: at first q is not, then it stands behind a, b and p, which is the session's own.
    expect(own.map(({ mrr20 }) => mrr20)).toEqual([1, mean(0, 1), mean(0, 1 / 3)])
  })

  it('own state lacks the session, and shared state lacks the events of others', async () => {
    const sessions = splitLog([...train, { split: 'test', items: ['p', 'q'] }, { split: 'test', items: ['p', 'q'] }])
    const { delays } = await evaluate([{ ...EARLY, itemId: 'f07' }, ...sessions], [MINUTE, HOUR, DAY])
    const hr = (state: string, seconds: number) =>
      delays.find((row) => row.rowSet === 'new' && row.state === state && row.seconds === seconds)?.mrr20
    // Without delay p brings q in the second session: the rule has it first.
    expect(hr('own', 0)).toBe(0.5)
    expect(hr('shared', 0)).toBe(0.5)
    // Without the session only what is popular is left: q stands behind a, b, c, d and f07, and p is taken out.
    expect(hr('own', 60)).toBeCloseTo(1 / 6 / 2, 9)
    expect(hr('shared', 60)).toBe(0.5)
    // The two sessions are ten minutes apart.
    expect(hr('shared', 3600)).toBe(0)
    expect(hr('shared', 86400)).toBe(0)
    const late = delays.find((row) => row.rowSet === 'new' && row.state === 'shared' && row.seconds === 3600)
    expect(late?.difference.mrr20).toBe(-0.5)
  })

  it('own state that is late has the attributes that were uploaded before the first event', async () => {
    const events = [EARLY, ...splitLog([...train, { split: 'test', userId: 'ann', items: ['p', 'a'] }])]
    const data = loggedFolder(events, { users: [{ userId: 'ann', attributes: { wants: 'a' } }] })
    const domain = { ...UNLIMITED, sources: UNLIMITED.sources.map((source) => (source.name === 'trending' ? WANTED : source)) }
    const { delays } = await evaluateFolder(data, [HOUR], domain)
    const own = delays.filter((row) => row.rowSet === 'new' && row.state === 'own')
    expect(own.map(({ mrr20 }) => mrr20)).toEqual([1, 1])
  })
})

describe('a log that cannot be judged', () => {
  it('says so', async () => {
    const short = loggedFolder(splitLog([{ split: 'test', items: ['a', 'b'] }]))
    await expect(findTestPeriod(short, 0.75)).rejects.toThrow('no event comes before the test period')
    await expect(evaluate(splitLog([...train, { split: 'test', items: ['a'] }]))).rejects.toThrow(
      'no session that begins in the test period',
    )
    await expect(evaluate(splitLog(filler))).rejects.toThrow('no session acts on a second item')
  })
})
