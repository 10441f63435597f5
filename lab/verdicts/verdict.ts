import { greatest, least } from 'd3-array'
import type { Against, Comparison } from './comparison.ts'
import { holmLevels } from './holm.ts'
import { ALPHA } from './simultaneous-bounds.ts'

/**
 * Words for verdicts, from bad to good.
 * - `loss`: worse than some baseline, beyond chance, with Holm's correction over the logs.
 * - `may be worse`: none of the others.
 * - `undecided`: the interval of the difference from the best baseline is too wide: half of it exceeds the margin.
 * - `not worse`: the lower bound against every baseline is above minus the margin.
 * - `ahead`: better than every baseline, beyond chance, with Holm's correction over the logs.
 */
export const VERDICT_WORDS = ['loss', 'may be worse', 'undecided', 'not worse', 'ahead'] as const
export type VerdictWord = (typeof VERDICT_WORDS)[number]

/** The verdict on a candidate by one figure of one log. Several of the conditions may hold; `word` is the first that matters. */
export interface Verdict {
  readonly log: string
  readonly comparison: Comparison
  readonly word: VerdictWord
  /** Baseline with the highest figure. */
  readonly best: Against
  /** Difference that does not matter: .005, or 3 % of the figure of the best baseline if this is more. */
  readonly margin: number
  /** Baselines that are better beyond chance. */
  readonly losses: readonly Against[]
  readonly isAhead: boolean
  readonly isNotWorse: boolean
  /** Whether half of the interval of the difference from the best baseline is at most the margin. */
  readonly isDecided: boolean
}

const LEAST_MARGIN = 0.005
const MARGIN_SHARE = 0.03

/**
 * Judges a candidate on several logs, by the same figure.
 * @returns one verdict for each log, from bad to good; in the given order where they are the same
 */
export function verdictsOf(compared: readonly { readonly log: string; readonly comparison: Comparison }[]): Verdict[] {
  const lossLevels = holmLevels(
    compared.map(({ comparison }) => lossP(comparison)),
    ALPHA,
  )
  const aheadLevels = holmLevels(
    compared.map(({ comparison }) => aheadP(comparison)),
    ALPHA,
  )
  const verdicts = compared.map(({ log, comparison }, i) => verdictOf(log, comparison, lossLevels[i], aheadLevels[i] > 0))
  return verdicts.sort((a, b) => VERDICT_WORDS.indexOf(a.word) - VERDICT_WORDS.indexOf(b.word))
}

function verdictOf(log: string, comparison: Comparison, lossLevel: number, isAhead: boolean): Verdict {
  const { against } = comparison
  const best = greatest(against, ({ value }) => value)!
  const margin = Math.max(LEAST_MARGIN, MARGIN_SHARE * best.value)
  const losses = against.filter(({ difference, bounds }) => difference < 0 && bounds !== null && bounds.p <= lossLevel)
  const isNotWorse = against.every(({ bounds }) => bounds !== null && bounds.low > -margin)
  const isDecided = best.bounds !== null && (best.bounds.high - best.bounds.low) / 2 <= margin
  const word = wordOf({ losses, isAhead, isNotWorse, isDecided })
  return { log, comparison, word, best, margin, losses, isAhead, isNotWorse, isDecided }
}

function wordOf({ losses, isAhead, isNotWorse, isDecided }: Pick<Verdict, 'losses' | 'isAhead' | 'isNotWorse' | 'isDecided'>) {
  if (losses.length > 0) return 'loss'
  if (isAhead) return 'ahead'
  if (isNotWorse) return 'not worse'
  return isDecided ? 'may be worse' : 'undecided'
}

/** The p-value of "some baseline is better". */
function lossP({ against }: Comparison): number {
  const worst = least(
    against.filter(({ difference }) => difference < 0),
    ({ bounds }) => bounds?.p ?? 1,
  )
  return worst?.bounds?.p ?? 1
}

/** The p-value of "every baseline is worse". */
function aheadP({ against }: Comparison): number {
  if (against.some(({ difference }) => difference <= 0)) return 1
  return greatest(against, ({ bounds }) => bounds?.p ?? 1)?.bounds?.p ?? 1
}
