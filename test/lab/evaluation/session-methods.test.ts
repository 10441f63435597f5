import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scoreByItems } from '../../../lab/evaluation/item-knn.ts'
import type { ScoredItems } from '../../../lab/evaluation/ranked-items.ts'
import { LARGEST_SAMPLE, SessionIndex } from '../../../lab/evaluation/session-index.ts'
import { type SessionAsked, scoreByNeighbours } from '../../../lab/evaluation/session-knn.ts'
import { stan } from '../../../lab/evaluation/stan.ts'
import { vmisKnn } from '../../../lab/evaluation/vmis-knn.ts'
import { STANDARD_VS_KNN, vsKnn } from '../../../lab/evaluation/vs-knn.ts'
import { vstan } from '../../../lab/evaluation/vstan.ts'
import { HOUR } from '../../../src/time-units.ts'
import {
  type PastSession,
  referenceItemKnn,
  referenceStan,
  referenceVmisKnn,
  referenceVsKnn,
  referenceVstan,
} from '../../support/reference-knn.ts'

interface Click {
  readonly session: string
  readonly item: string
  readonly at: number
}

/** Clicks of sessions that go on at the same time, with repetitions. */
const clicks = fc
  .array(fc.record({ session: fc.nat(11), item: fc.nat(7), gap: fc.nat(20 * HOUR) }), { minLength: 1, maxLength: 60 })
  .map((drawn) => {
    let at = 1.7e12
    return drawn.map(({ session, item, gap }): Click => {
      at += gap
      return { session: `s${session}`, item: `i${item}`, at }
    })
  })
const size = fc.integer({ min: 1, max: 8 })
const decay = fc.double({ min: 0.3, max: 30, noNaN: true })
const stanOptions = fc.record({ k: size, sample: size, sessionDecay: decay, recencyDays: decay, neighbourDecay: decay })

function learned(log: readonly Click[]): SessionIndex {
  const index = new SessionIndex()
  for (const { session, item, at } of log) index.learn(session, item, at)
  return index
}

function pastOf(log: readonly Click[]): PastSession[] {
  return [...new Set(log.map(({ session }) => session))].map((key) => {
    const own = log.filter(({ session }) => session === key)
    return { clicks: own.map(({ item }) => item), at: own.at(-1)!.at, last: log.findLastIndex(({ session }) => session === key) }
  })
}

function expectSame(scored: ScoredItems, reference: ReadonlyMap<string, number> | undefined): void {
  fc.pre(reference !== undefined)
  const scores = scored.byId()
  expect([...scores.keys()].sort()).toEqual([...reference.keys()].sort())
  for (const [item, score] of reference) expect(scores.get(item)! / (score || 1), item).toBeCloseTo(score === 0 ? 0 : 1, 9)
}

/** Compares a method with its reference on generated logs and sessions. */
function agree<Options>(
  options: fc.Arbitrary<Options>,
  score: (index: SessionIndex, asked: SessionAsked, options: Options) => ScoredItems,
  reference: (past: PastSession[], s: readonly string[], now: number, options: Options) => Map<string, number> | undefined,
): void {
  const prefixes = fc.array(
    fc.nat(7).map((item) => `i${item}`),
    { minLength: 1, maxLength: 15 },
  )
  fc.assert(
    fc.property(clicks, prefixes, options, (log, prefix, chosen) => {
      const asked = { key: 'nobody', prefix, at: log.at(-1)!.at + HOUR }
      expectSame(score(learned(log), asked, chosen), reference(pastOf(log), prefix, asked.at, chosen))
    }),
    { numRuns: 200 },
  )
}

describe('the score of each item by the sessions that resemble the one at hand is that of the paper', () => {
  it('with VS-KNN', () => {
    const options = fc.record({
      k: size,
      sample: size,
      power: fc.constantFrom(1 as const, 2 as const),
      matchPower: fc.constantFrom(1 as const, 2 as const),
      cosine: fc.boolean(),
      idf: fc.constantFrom(0, 1, 5),
      recencyDays: fc.constantFrom(0, 0.5, 7),
    })
    agree(
      options,
      (index, asked, { k, sample, power, matchPower, cosine, idf, recencyDays }) => {
        const weighting = power === 1 ? 'linear' : 'quadratic'
        const matches = matchPower === 1 ? 'divided' : 'quadratic'
        const similarity = cosine ? 'cosine' : 'dot'
        return scoreByNeighbours(index, asked, vsKnn({ k, sample, weighting, matches, similarity, idf, recencyDays }))
      },
      referenceVsKnn,
    )
  })

  it('with STAN', () => {
    agree(stanOptions, (index, asked, options) => scoreByNeighbours(index, asked, stan(options)), referenceStan)
  })

  it('with VSTAN', () => {
    const options = fc
      .tuple(stanOptions, decay, fc.constantFrom(0, 1, 5))
      .map(([of, matchDecay, idf]) => ({ ...of, matchDecay, idf }))
    agree(options, (index, asked, chosen) => scoreByNeighbours(index, asked, vstan(chosen)), referenceVstan)
  })

  it('with VMIS-kNN', () => {
    agree(
      fc.record({ k: size, sample: size }),
      (index, asked, options) => scoreByNeighbours(index, asked, vmisKnn(options)),
      (past, s, _now, options) => referenceVmisKnn(past, s, options),
    )
  })
})

describe('the score of each item by the items of the session', () => {
  it('is that of item-kNN with a cosine that popularity normalises', () => {
    agree(
      fc.record({
        alpha: fc.constantFrom(0.25, 0.5, 1),
        shrinkage: fc.constantFrom(0, 1, 20),
        sessionDecay: fc.constantFrom(0, 1.81, 1000),
      }),
      (index, asked, options) => scoreByItems(index, asked, options),
      (past, s, _now, options) => referenceItemKnn(past, s, options),
    )
  })

  it('does not count the session itself, so nobody is brought back what only they brought together', () => {
    const index = learned([
      { session: 'mine', item: 'a', at: 0 },
      { session: 'mine', item: 'b', at: 1 },
      { session: 'other', item: 'a', at: 2 },
      { session: 'other', item: 'c', at: 3 },
    ])
    const options = { alpha: 0.5, shrinkage: 0, sessionDecay: 0 }
    expect([
      ...scoreByItems(index, { key: 'mine', prefix: ['b', 'a'] }, options)
        .byId()
        .keys(),
    ]).toEqual(['c'])
  })
})

describe('neighbours of a session', () => {
  const log = (...sessions: [string, ...string[]][]): Click[] =>
    sessions.flatMap(([session, ...items], s) => items.map((item, i) => ({ session, item, at: s * HOUR + i })))
  const scores = (index: SessionIndex, prefix: string[], options = {}, key = 'mine') =>
    Object.fromEntries(scoreByNeighbours(index, { key, prefix, at: 9 * HOUR }, vsKnn({ ...STANDARD_VS_KNN, ...options })).byId())
  const three = learned(log(['A', 'a', 'b', 'c'], ['B', 'a', 'b', 'b'], ['C', 'b', 'd']))

  it('give their items a score that falls with the actions since the last shared item', () => {
    // Weights of [a, b] are 1/4 and 1: A and B share 5/4, C shares 1.
    expect(scores(three, ['a', 'b'])).toEqual({ a: 2.5, b: 3.5, c: 1.25, d: 1 })
    // Of [b, x] the shared item is the one before the last: its weight is 1/4, and it counts 1/2².
    expect(scores(three, ['b', 'x'])).toEqual({ a: 2 / 16, b: 3 / 16, c: 1 / 16, d: 1 / 16 })
  })

  it('are the later ones of equally similar sessions', () => {
    expect(Object.keys(scores(three, ['a'], { k: 1 })).sort()).toEqual(['a', 'b'])
    const equal = learned(log(['A', 'a', 'x'], ['B', 'a', 'y'], ['C', 'a', 'z']))
    expect(Object.keys(scores(equal, ['a'], { k: 2 })).sort()).toEqual(['a', 'y', 'z'])
  })

  it('do not contain the session itself, and new items have none', () => {
    const index = learned(log(['A', 'a', 'b'], ['mine', 'n']))
    expect(scores(index, ['n'])).toEqual({})
    expect(Object.keys(scores(index, ['n'], {}, 'other'))).toEqual(['n'])
    expect(scores(index, ['never seen'])).toEqual({})
  })

  it('are the same if the index has dropped the oldest sessions of an item', () => {
    const index = new SessionIndex()
    for (let session = 0; session < 2 * LARGEST_SAMPLE + 10; session++) {
      index.learn(`s${session}`, 'a', session)
      index.learn(`s${session}`, `i${session % 7}`, session)
      index.end(`s${session}`)
    }
    expect(index.holders(index.itemNumber('a')!).length).toBeLessThan(2 * LARGEST_SAMPLE)
    expect(index.support(index.itemNumber('a')!)).toBe(2 * LARGEST_SAMPLE + 10)
    // The latest seven sessions have one of the seven items each.
    expect(scores(index, ['a'], { sample: 7 })).toEqual({ a: 7, i0: 1, i1: 1, i2: 1, i3: 1, i4: 1, i5: 1, i6: 1 })
  })
})
