import { SETTINGS, type Setting } from '../evaluation/setting.ts'
import { intervalText } from '../plotting/interval-text.ts'
import {
  type Against,
  CANDIDATES,
  type Candidate,
  type ComparedLog,
  type Comparison,
  JUDGED_MEASURES,
  type JudgedMeasure,
  SHIPPED_BASELINES,
} from './comparison.ts'
import { type Verdict, verdictsOf } from './verdict.ts'

/** A part of a page or of what is printed: a title, sentences, and a table, which is empty if it has no rows. */
export interface Section {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Returns the verdicts on one candidate by one figure, from bad to good; none if no log has these comparisons. */
export function verdictsBy(
  logs: readonly ComparedLog[],
  candidate: Candidate,
  setting: Setting,
  measure: JudgedMeasure,
): Verdict[] {
  const isAsked = (one: Comparison) => one.candidate === candidate && one.setting === setting && one.measure === measure
  return verdictsOf(
    logs.flatMap(({ log, comparisons }) => comparisons.filter(isAsked).map((comparison) => ({ log, comparison }))),
  )
}

/** A verdict for programs. `verdict` is the word. */
export interface PlainVerdict extends Omit<Verdict, 'comparison' | 'word'>, Omit<Comparison, 'against' | 'rows'> {
  readonly verdict: Verdict['word']
}

/** Returns the verdicts on each candidate, in each setting, by each figure. */
export function allVerdicts(logs: readonly ComparedLog[]): PlainVerdict[] {
  return CANDIDATES.flatMap((candidate) =>
    SETTINGS.toReversed().flatMap((setting) =>
      JUDGED_MEASURES.flatMap((measure) =>
        verdictsBy(logs, candidate, setting, measure).map(
          ({ comparison: { against: _, rows: __, ...comparison }, word, ...rest }) => ({
            ...comparison,
            verdict: word,
            ...rest,
          }),
        ),
      ),
    ),
  )
}

/** Returns the verdicts over all logs as sections: the goals first, then the losses, then each log. */
export function verdictSections(logs: readonly ComparedLog[]): Section[] {
  const full = verdictsBy(logs, 'full_system', 'prequential', 'mrr20')
  const fullStatic = verdictsBy(logs, 'full_system', 'static', 'mrr20')
  const shipped = verdictsBy(logs, 'shipped_model', 'prequential', 'mrr20')
  return [
    goalSection(full, shipped),
    lossSection([...full, ...fullStatic]),
    logSection(logs, 'prequential', full),
    logSection(logs, 'static', fullStatic),
    ...(shipped.length > 0 ? [shippedSection(shipped)] : []),
  ]
}

function goalSection(full: readonly Verdict[], shipped: readonly Verdict[]): Section {
  const losses = full.filter(({ word }) => word === 'loss').length
  // A loss is certain, however wide its interval is.
  const decided = full.filter(({ isDecided, word }) => isDecided || word === 'loss')
  const notWorse = decided.filter(({ isNotWorse, word }) => isNotWorse && word !== 'loss').length
  const ahead = full.filter(({ isAhead }) => isAhead)
  const unseen = shipped.filter(({ comparison }) => !comparison.hasSeenLog)
  const shippedLosses = unseen.filter(({ word }) => word === 'loss').length
  const wide = ahead.filter(({ isDecided }) => !isDecided).length
  const row = (goal: string, result: string, isReached: boolean, from: number) => [
    goal,
    result,
    from === 0 ? 'unknown' : isReached ? 'yes' : 'no',
  ]
  return {
    title: 'Goals',
    paragraphs: ['They are about MRR@20 in the prequential setting.'],
    head: ['goal', 'result', 'reached'],
    rows: [
      row('the full system loses on no log', `${losses} of ${full.length} logs are losses`, losses === 0, full.length),
      row(
        'it is not worse on every decided log',
        `${notWorse} of ${decided.length} decided logs; ${full.length - decided.length} undecided`,
        notWorse === decided.length,
        decided.length,
      ),
      row(
        'it is ahead on at least half of the logs',
        `${ahead.length} of ${full.length} logs${wide > 0 ? `, ${wide} of them with an interval wider than the margin` : ''}`,
        2 * ahead.length >= full.length,
        full.length,
      ),
      row(
        `on logs that it was not trained on, the shipped model does not lose to ${SHIPPED_BASELINES.join(', ')}`,
        `${shippedLosses} of ${unseen.length} logs are losses`,
        shippedLosses === 0,
        unseen.length,
      ),
    ],
  }
}

function lossSection(verdicts: readonly Verdict[]): Section {
  const rows = verdicts.flatMap(({ log, comparison, losses }) =>
    [...losses]
      .sort((a, b) => a.difference - b.difference)
      .map((against) => [
        log,
        comparison.setting,
        against.method,
        figure(comparison.value),
        figure(against.value),
        differenceText(against),
        probability(against),
      ]),
  )
  return {
    title: 'Losses of the full system',
    paragraphs: rows.length === 0 ? ['There is no loss.'] : [],
    head: ['log', 'setting', 'baseline', 'MRR@20 of the full system', 'MRR@20 of the baseline', 'difference (interval)', 'p'],
    rows,
  }
}

function logSection(logs: readonly ComparedLog[], setting: Setting, verdicts: readonly Verdict[]): Section {
  const second = new Map(verdictsBy(logs, 'full_system', setting, 'hr20').map((verdict) => [verdict.log, verdict]))
  const rows = verdicts.map((verdict) => {
    const hitRate = second.get(verdict.log)
    return [
      ...commonCells(verdict),
      figure(verdict.margin),
      hitRate === undefined ? '' : `${hitRate.best.method}: ${differenceText(hitRate.best)}`,
    ]
  })
  return {
    title: `Full system, ${setting}`,
    paragraphs: rows.length === 0 ? ['No log has rows whose next item is new to the session.'] : fullSystems(logs, verdicts),
    head: [
      'log',
      'verdict',
      'users',
      'MRR@20',
      'best baseline, its MRR@20',
      'difference (interval)',
      'margin',
      'HR@20: difference from its best baseline (interval)',
    ],
    rows,
  }
}

/** What the full system is on each log, in a sentence for each answer. */
function fullSystems(logs: readonly ComparedLog[], verdicts: readonly Verdict[]): string[] {
  const judged = new Set(verdicts.map(({ log }) => log))
  const logsOf = new Map<string, string[]>()
  for (const { log, fullSystem } of logs) {
    if (judged.has(log)) logsOf.set(fullSystem, [...(logsOf.get(fullSystem) ?? []), log])
  }
  return [...logsOf].map(([what, names]) => `The full system on ${names.join(', ')}: ${what}.`)
}

function shippedSection(verdicts: readonly Verdict[]): Section {
  const seen = verdicts.filter(({ comparison }) => comparison.hasSeenLog).map(({ log }) => log)
  return {
    title: 'Shipped model, prequential',
    paragraphs: [
      `Here the shipped model (models/default) is judged against ${SHIPPED_BASELINES.join(', ')} alone.`,
      ...(seen.length > 0 ? [`It was trained on ${seen.join(', ')}. A log that it was trained on does not count.`] : []),
    ],
    head: [
      'log',
      'verdict',
      'users',
      'MRR@20',
      'best of the baselines, its MRR@20',
      'difference (interval)',
      'loses to',
      'trained on it',
    ],
    rows: verdicts.map((verdict) => [
      ...commonCells(verdict),
      verdict.losses.map(({ method }) => method).join(', ') || 'none',
      verdict.comparison.hasSeenLog ? 'yes' : 'no',
    ]),
  }
}

/** Log, verdict, users, metric, best baseline, and the difference from it. */
function commonCells({ log, word, comparison, best }: Verdict): string[] {
  const { users, value } = comparison
  const ofBest = `${best.method} ${figure(best.value)}`
  return [log, word, users.toLocaleString('en-US'), figure(value), ofBest, differenceText(best)]
}

/** Returns a table of every baseline of one log, the best first, or undefined if the full system was not compared. */
export function baselineSection({ log, comparisons }: ComparedLog): Section | undefined {
  const of = (measure: JudgedMeasure) =>
    comparisons.find((one) => one.candidate === 'full_system' && one.setting === 'prequential' && one.measure === measure)
  const [ranks, hits] = [of('mrr20'), of('hr20')]
  if (ranks === undefined || hits === undefined) return undefined
  const hitsBy = new Map(hits.against.map((against) => [against.method, against]))
  return {
    title: log,
    paragraphs: [
      `${ranks.rows.toLocaleString('en-US')} rows of ${ranks.users.toLocaleString('en-US')} users. The full system has MRR@20 ${figure(ranks.value)} and HR@20 ${figure(hits.value)}.`,
    ],
    head: ['baseline', 'MRR@20', 'difference (interval)', 'p', 'HR@20', 'difference (interval)'],
    rows: [...ranks.against]
      .sort((a, b) => b.value - a.value)
      .map((against) => {
        const hit = hitsBy.get(against.method)
        return [
          against.method,
          figure(against.value),
          differenceText(against),
          probability(against),
          hit ? figure(hit.value) : '',
          hit ? differenceText(hit) : '',
        ]
      }),
  }
}

function figure(value: number): string {
  return value.toFixed(4)
}

function differenceText({ difference, bounds }: Against): string {
  const { low, high } = bounds ?? { low: Number.NaN, high: Number.NaN }
  return `${difference > 0 ? '+' : ''}${intervalText(difference, low, high)}`
}

function probability({ bounds }: Against): string {
  return bounds === null ? 'unknown' : bounds.p.toFixed(4)
}
