import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseModel } from '../../../lab/learning/model-choice.ts'

const ahead = { value: 0.02, low: 0.01, high: 0.03, error: 0.005, freedom: 200 }
const level = { value: 0.001, low: -0.01, high: 0.012, error: 0.006, freedom: 200 }

const rows = {
  name: 'next items new to the session',
  decisions: 500,
  seeds: [0.25, 0.251],
  values: { rule: 0.249, popularity: 0.1, shipped: 0.24 },
  best: 'rule',
  differences: { rule: ahead, popularity: ahead, shipped: ahead },
  ofThisModel: {},
}
const sound = { trees: 50, learnedNothing: null, comparison: { measure: 'MRR@20', sets: [rows] } }
type Found = Parameters<typeof chooseModel>[0]
const of = (...sets: Partial<Found['comparison']['sets'][number]>[]): Found => ({
  ...sound,
  comparison: { measure: 'MRR@20', sets: sets.map((set) => ({ ...rows, ...set })) },
})

describe('the trained model', () => {
  it('is kept, without a warning, if it is ahead beyond chance', () => {
    expect(chooseModel(sound)).toEqual({ isKept: true, warning: undefined })
    // Each slate has one item: there is no order to compare.
    expect(chooseModel(of())).toEqual({ isKept: true, warning: undefined })
  })

  it('is kept, with a warning, if it is the best by no more than chance, or has almost no trees', () => {
    expect(chooseModel(of({ differences: { rule: level } }))).toEqual({
      isKept: true,
      warning:
        'The trained model is ahead of the ranking "rule" by no more than chance on the validation split: MRR@20 is 0.2500 instead of 0.2490 on 500 next items new to the session (difference 0.0010, 95 % interval -0.0100 to 0.0120).',
    })
    expect(chooseModel(of({ differences: { rule: null } }))).toMatchObject({ warning: expect.stringContaining('too few users') })
    expect(chooseModel({ ...sound, trees: 9 })).toMatchObject({ isKept: true, warning: expect.stringContaining('only 9 trees') })
    expect(chooseModel({ ...sound, trees: 1 })).toMatchObject({ warning: expect.stringContaining('only one tree') })
    expect(chooseModel({ ...sound, trees: 10 })).toEqual({ isKept: true, warning: undefined })
  })

  it('is not kept if another ranking is better, that of the shipped model too, and says by which figures', () => {
    const values = { rule: 0.249, popularity: 0.1, shipped: 0.26 }
    expect(chooseModel(of({ values }))).toEqual({
      isKept: false,
      reason:
        'The ranking "shipped" is better on the validation split: MRR@20 is 0.2600 instead of 0.2500 on 500 next items new to the session.',
    })
  })

  it('is not kept if a ranking is ahead beyond chance on any rows, and may be behind by chance on rows that do not decide', () => {
    const values = { rule: 0.249, popularity: 0.3, shipped: 0.26 }
    const other = { name: 'all next items, static', values }
    const behind = { value: -0.02, low: -0.03, high: -0.01, error: 0.005, freedom: 200 }
    const found = (rankings: Record<string, typeof ahead>) => chooseModel(of({}, { ...other, ofThisModel: rankings }))
    expect(found({ rule: behind, shipped: behind })).toEqual({
      isKept: false,
      reason:
        'The ranking "shipped" is ahead beyond chance on the validation split: MRR@20 is 0.2600 instead of 0.2500 on 500 all next items, static (difference -0.0200, 95 % interval -0.0300 to -0.0100).',
    })
    expect(found({ rule: level, shipped: ahead })).toEqual({ isKept: true, warning: undefined })
  })

  it('is not kept if it learned nothing', () => {
    const learnedNothing = 'Clicks do not rise with the score.'
    expect(chooseModel({ ...sound, learnedNothing })).toEqual({ isKept: false, reason: learnedNothing })
  })

  it('is kept exactly if no ranking that it was compared with has a higher metric', () => {
    const metric = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(metric, fc.dictionary(fc.string(), metric, { minKeys: 1 }), fc.nat(40), (own, values, trees) => {
        const [best] = Object.keys(values)
        const { isKept } = chooseModel({ ...of({ seeds: [own], values, best, differences: {} }), trees })
        expect(isKept).toBe(Math.max(...Object.values(values)) <= own)
      }),
    )
  })
})
