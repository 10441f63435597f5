import { describe, expect, it } from 'vitest'
import { chooseModel } from '../../../lab/learning/model-choice.ts'

const ahead = { value: 0.02, low: 0.01, high: 0.03 }
const level = { value: 0.001, low: -0.01, high: 0.012 }
const behind = { value: -0.02, low: -0.03, high: -0.01 }

const rows = {
  name: 'next items new to the session',
  decisions: 500,
  seeds: [0.25, 0.251],
  values: { rule: 0.249, popularity: 0.1, shipped: 0.24 },
  best: 'rule',
  toBest: ahead,
  toShipped: ahead,
}
const sound = { trees: 50, learnedNothing: null, comparison: { measure: 'MRR@20', sets: [rows] } }
type Found = Parameters<typeof chooseModel>[0]
const of = (...sets: Partial<Found['comparison']['sets'][number]>[]): Found => ({
  ...sound,
  comparison: { measure: 'MRR@20', sets: sets.map((set) => ({ ...rows, ...set })) },
})

describe('the model of a training', () => {
  it('is the trained one if it is ahead of the best baseline', () => {
    expect(chooseModel(sound, undefined, false)).toMatchObject({ isTrained: true, warning: undefined })
    // Even if the model that comes with the package is better: users asked for a model of their own.
    expect(chooseModel(of({ toShipped: behind }), undefined, false)).toMatchObject({ isTrained: true, warning: undefined })
  })

  it('is the other one if it is level with a baseline, and says by which figures', () => {
    const { isTrained, warning } = chooseModel(of({ toBest: level, toShipped: level }), undefined, false)
    expect(isTrained).toBe(false)
    expect(warning).toMatch(
      /^Warning: The trained model is not ahead of the ranking "rule" .*: MRR@20 is 0\.2500 instead of 0\.2490 on 500 next items new to the session \(difference 0\.0010, 95 % interval -0\.0100 to 0\.0120\)\. So the model that comes with Liverank takes its place\. .*--keep-trained/,
    )
    expect(chooseModel(of({ toBest: null, toShipped: level }), undefined, false).warning).toContain('too few users')
  })

  it('is the other one if the trained one has almost no trees or learned nothing', () => {
    const few = { ...of({ toShipped: level }), trees: 9 }
    expect(chooseModel(few, undefined, false)).toMatchObject({
      isTrained: false,
      warning: expect.stringContaining('only 9 trees'),
    })
    expect(chooseModel({ ...few, trees: 1 }, undefined, false).warning).toContain('only one tree')
    expect(chooseModel({ ...few, trees: 10 }, undefined, false).isTrained).toBe(true)
    const nothing = { ...sound, learnedNothing: 'Clicks do not rise with the score.' }
    expect(chooseModel(nothing, undefined, false)).toMatchObject({
      isTrained: false,
      warning: expect.stringContaining('Clicks do not rise with the score. So the model'),
    })
    // Each slate has one item: there is no order to compare.
    expect(chooseModel(of(), undefined, false)).toMatchObject({ isTrained: true, warning: undefined })
  })

  it('stays the trained one, with a warning, if the other one is behind it, cannot be used, or is not wanted', () => {
    const kept = (...args: Parameters<typeof chooseModel>) => {
      const { isTrained, warning } = chooseModel(...args)
      expect(isTrained).toBe(true)
      expect(warning).toMatch(/^Warning: /)
      return warning
    }
    const doubtful = of({ toBest: level, toShipped: ahead })
    expect(kept(doubtful, undefined, false)).toContain('is worse: 0.2400 instead of 0.2500 on next items new to the session')
    expect(kept(doubtful, 'It needs item_price.', false)).toContain('cannot take its place. It needs item_price.')
    expect(kept(of({ toBest: level, toShipped: level }), undefined, true)).toContain('kept because of --keep-trained')
    // Level on new items, and behind on all of them, as in a log in which most items are repeated.
    const every = { name: 'all next items' }
    expect(kept(of({ toBest: level, toShipped: level }, { ...every, toShipped: ahead }), undefined, false)).toContain(
      'on all next items',
    )
    const better = of({ toBest: level, toShipped: behind }, { ...every, toShipped: ahead })
    expect(chooseModel(better, undefined, false).isTrained).toBe(false)
  })
})
