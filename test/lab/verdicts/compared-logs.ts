import type { ComparedLog, Comparison } from '../../../lab/verdicts/comparison.ts'

/** A baseline by its name, its figure, what the candidate has above it, half of the interval, and the p-value. */
export type Baseline = readonly [method: string, value: number, difference: number, half: number, p: number]

/** A comparison with these baselines; by MRR@20, prequential, unless `rest` says otherwise. Bounds are null if `half` is NaN. */
export function comparison(baselines: readonly Baseline[], rest: Partial<Comparison> = {}): Comparison {
  const [[, first, above]] = baselines
  return {
    candidate: 'full_system',
    setting: 'prequential',
    measure: 'mrr20',
    value: first + above,
    rows: 1234,
    users: 321,
    hasSeenLog: false,
    against: baselines.map(([method, value, difference, half, p]) => ({
      method,
      value,
      difference,
      bounds: Number.isNaN(half) ? null : { low: difference - half, high: difference + half, p },
    })),
    ...rest,
  }
}

/** A log whose full system, trained on it, has these baselines by each figure and in each setting. */
export function comparedLog(log: string, baselines: readonly Baseline[], shipped?: Pick<Comparison, 'hasSeenLog'>): ComparedLog {
  const each = (['prequential', 'static'] as const).flatMap((setting) =>
    (['mrr20', 'hr20'] as const).map((measure) => ({ setting, measure })),
  )
  return {
    log,
    fullSystem: `trained on ${log}`,
    comparisons: each.flatMap((one) => [
      comparison(baselines, one),
      ...(shipped ? [comparison(baselines, { ...one, ...shipped, candidate: 'shipped_model' })] : []),
    ]),
  }
}
