import { describe, expect, it } from 'vitest'
import { judgePromotion, MOST_FALSE_A_YEAR, RUNS_A_YEAR } from '../../../lab/learner/promotion.ts'
import type { Found } from '../../../lab/learning/model-choice.ts'
import { Random } from '../../../lab/random.ts'

/** What a fit found about a model that is ahead of each ranking by a mean, with a standard error. */
function found(by: Record<string, readonly [value: number, error: number, freedom?: number] | null>): Found {
  const intervals = Object.fromEntries(
    Object.entries(by).map(([name, of]) => {
      if (!of) return [name, null]
      const [value, error, freedom = 1e6] = of
      return [name, { value, low: value - 2 * error, high: value + 2 * error, error, freedom }]
    }),
  )
  const values = Object.fromEntries(Object.entries(by).map(([name, of]) => [name, 0.3 - (of ? of[0] : 0)]))
  const set = { name: 'next items new to the session', decisions: 5000, seeds: [0.3], values, best: Object.keys(by)[0] }
  return {
    trees: 100,
    learnedNothing: null,
    comparison: { measure: 'MRR@20', sets: [{ ...set, differences: intervals, ofThisModel: intervals }] },
  }
}

describe('a promotion', () => {
  it('needs a model that is ahead of what ranks beyond the chance of this run', () => {
    // The normal quantile of 1 − 0.05 / 400 is 3.66.
    expect(judgePromotion(found({ first_stage: [0.0367, 0.01], rule: [0.1, 0.01] }))).toEqual({
      isPromoted: true,
      reason:
        'The model is ahead of the ranking "first_stage": by 0.0367 of MRR@20 on 5000 next items new to the session, at least 0.0001 in this run.',
    })
    expect(judgePromotion(found({ first_stage: [0.0365, 0.01], rule: [0.1, 0.01] }))).toMatchObject({
      isPromoted: false,
      reason: expect.stringMatching(
        /^The model is not ahead of the ranking "first_stage" beyond chance: by 0.0365 .*, at least -0.0001/,
      ),
    })
    // Ahead of the model that ranks now, not of what would rank without one.
    expect(judgePromotion(found({ first_stage: [0.001, 0.01], compared: [0.05, 0.01] })).isPromoted).toBe(true)
  })

  it('is for no model that another ranking is better than, or of which too little is known', () => {
    expect(judgePromotion(found({ first_stage: [0.1, 0.01], rule: [-0.01, 0.1] }))).toMatchObject({
      isPromoted: false,
      reason: expect.stringContaining('The ranking "rule" is better'),
    })
    expect(judgePromotion(found({ first_stage: null }))).toEqual({
      isPromoted: false,
      reason: 'There are too few users to tell the model from the ranking "first_stage".',
    })
    const sound = found({ first_stage: [0.1, 0.01] })
    expect(judgePromotion(sound).isPromoted).toBe(true)
    expect(judgePromotion({ ...sound, comparison: { measure: '', sets: [] } })).toMatchObject({
      isPromoted: false,
    })
    expect(judgePromotion({ ...sound, learnedNothing: 'Nothing.' })).toEqual({
      isPromoted: false,
      reason: 'Nothing.',
    })
  })

  it('is false in at most 5 of 100 years of daily runs, if no model is better', () => {
    const random = new Random(11, 'years')
    const years = 2000
    let falsely = 0
    for (let year = 0; year < years; year++)
      for (let day = 0; day < 365; day++) {
        const value = 0.01 * random.normal()
        if (value <= 0.03 || !judgePromotion(found({ first_stage: [value, 0.01] })).isPromoted) continue
        falsely++
        break
      }
    const expected = (MOST_FALSE_A_YEAR * 365) / RUNS_A_YEAR
    expect(falsely / years).toBeLessThan(MOST_FALSE_A_YEAR + 0.015)
    // Not for want of promotions.
    expect(falsely / years).toBeGreaterThan(expected - 0.015)
  })
})
