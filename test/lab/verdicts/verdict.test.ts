import { describe, expect, it } from 'vitest'
import { verdictsOf } from '../../../lab/verdicts/verdict.ts'
import { allVerdicts, verdictSections } from '../../../lab/verdicts/verdict-sections.ts'
import { type Baseline, comparedLog, comparison } from './compared-logs.ts'

const EASY: Baseline = ['random', 0.01, 0.2, 0.01, 0.0002]
/** One log for each verdict. Two logs with a p-value of .0002 each pass Holm's correction over five logs. */
const LOGS: Readonly<Record<string, readonly Baseline[]>> = {
  'better than all': [['stan', 0.3, 0.02, 0.01, 0.0002], EASY],
  'not below the margin': [['stan', 0.3, 0.002, 0.008, 0.9], EASY],
  'too wide': [['stan', 0.1, 0, 0.02, 1], EASY],
  'just below': [['stan', 0.1, -0.003, 0.004, 0.4], EASY],
  worse: [['vstan', 0.1, -0.02, 0.004, 0.0002], ['ease', 0.11, -0.03, 0.03, 0.04], EASY],
}

const judged = (logs: Readonly<Record<string, readonly Baseline[]>>) =>
  verdictsOf(Object.entries(logs).map(([log, baselines]) => ({ log, comparison: comparison(baselines) })))

describe('a verdict', () => {
  it('has the word that the definitions give, and comes the earlier the worse it is', () => {
    expect(judged(LOGS).map(({ log, word }) => [log, word])).toEqual([
      ['worse', 'loss'],
      ['just below', 'may be worse'],
      ['too wide', 'undecided'],
      ['not below the margin', 'not worse'],
      ['better than all', 'ahead'],
    ])
  })

  it('names every baseline that wins beyond chance, after the correction over all logs', () => {
    const [{ losses, best }] = judged(LOGS)
    expect(best.method).toBe('ease')
    expect(losses.map(({ method }) => method)).toEqual(['vstan'])
    const [alone] = judged({ worse: LOGS.worse })
    expect(alone.losses.map(({ method }) => method)).toEqual(['vstan', 'ease'])
  })

  it.each([
    [-0.02, 'loss', 'may be worse'],
    [0.02, 'ahead', 'not worse'],
  ])('needs more evidence for a difference of %d if there are more logs', (difference, alone, among) => {
    const weak: readonly Baseline[] = [['stan', 0.1, difference, 0.004, 0.03]]
    const even: readonly Baseline[] = [['stan', 0.1, 0, 0.004, 1]]
    expect(judged({ weak }).map(({ word }) => word)).toEqual([alone])
    expect(judged({ weak, even }).find(({ log }) => log === 'weak')?.word).toBe(among)
  })

  it.each([
    [0.1, 0.005],
    [0.5, 0.015],
  ])('has a margin of .005, or 3 %% of the best baseline: of %d it is %d', (value, margin) => {
    const [verdict] = judged({ log: [['stan', value, 0, 0.001, 1]] })
    expect(verdict.margin).toBeCloseTo(margin, 12)
  })

  it('is ahead only if every baseline is worse', () => {
    const [{ word }] = judged({
      log: [
        ['stan', 0.3, 0.02, 0.01, 0.0002],
        ['vstan', 0.31, 0.01, 0.02, 0.3],
      ],
    })
    expect(word).toBe('undecided')
  })

  it('is undecided if there are too few users for bounds', () => {
    const few: Baseline = ['stan', 0.3, -0.2, Number.NaN, 1]
    expect(judged({ few: [few] })[0]).toMatchObject({
      word: 'undecided',
      losses: [],
      isDecided: false,
      isNotWorse: false,
      isAhead: false,
    })
  })
})

describe('the verdicts over several logs', () => {
  const logs = Object.entries(LOGS).map(([log, baselines]) => comparedLog(log, baselines, { hasSeenLog: log === 'worse' }))
  const sections = verdictSections(logs)
  const section = (title: string) => sections.find((one) => one.title === title)!

  it('begin with the goals and the losses', () => {
    expect(sections.slice(0, 2).map(({ title }) => title)).toEqual(['Goals', 'Losses of the full system'])
    expect(section('Goals').rows.map(([, result, isReached]) => [result, isReached])).toEqual([
      ['1 of 5 logs are losses', 'no'],
      ['1 of 3 decided logs; 2 undecided', 'no'],
      ['1 of 5 logs, 1 of them with an interval wider than the margin', 'no'],
      ['0 of 4 logs are losses', 'yes'],
    ])
    const [loss] = section('Losses of the full system').rows
    expect(loss).toEqual(['worse', 'prequential', 'vstan', '0.0800', '0.1000', '-0.0200 (-0.0240 to -0.0160)', '0.0002'])
  })

  it('do not count a log that the shipped model was trained on', () => {
    const { paragraphs, rows } = section('Shipped model, prequential')
    expect(paragraphs.join(' ')).toContain('was trained on worse.')
    expect(rows[0].slice(0, 2)).toEqual(['worse', 'loss'])
    expect(rows[0].at(-1)).toBe('yes')
  })

  it('say that there is no loss, and reach no goal without a log', () => {
    expect(verdictSections([comparedLog('log', LOGS['better than all'])])[1].paragraphs).toEqual(['There is no loss.'])
    expect(verdictSections([])[0].rows.map(([, , isReached]) => isReached)).toEqual(Array(4).fill('unknown'))
  })

  it('are there for programs too, by candidate, setting and figure', () => {
    const plain = allVerdicts(logs)
    expect(plain).toHaveLength(2 * 2 * 2 * 5)
    expect(plain[0]).toMatchObject({
      candidate: 'full_system',
      setting: 'prequential',
      measure: 'mrr20',
      log: 'worse',
      verdict: 'loss',
      losses: [{ method: 'vstan' }],
    })
  })
})
