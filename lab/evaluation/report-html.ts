import { escape as escapeHtml } from 'html-escaper'
import { omittedCounts } from '../../src/import/log-problems.ts'
import { intervalText } from '../plotting/interval-text.ts'
import type { ComparedLog } from '../verdicts/comparison.ts'
import { type Making, resultOf } from '../verdicts/evaluation-result.ts'
import { verdictSections } from '../verdicts/verdict-sections.ts'
import { diversityCurve } from './diversity-plot.ts'
import type { ImpressionReport } from './evaluate-impressions.ts'
import type { DelayRow, MethodRow, NextItemReport } from './evaluate-next-items.ts'
import { exposureSection } from './exposure-section.ts'
import { MEASURES, type Measure, type MethodFigures } from './hit-rate-and-mrr.ts'
import { cell, intervalFigure, methodTables, nameOf, pointsOf, SETTING_TITLES, stepFigure, table } from './html-parts.ts'
import { impressionSection } from './impression-section.ts'
import { SLATE_MEASURES, SLATE_TITLES, type SlateMeasure } from './judge-slates.ts'
import { DETAILED_ROW_SETS, type DetailedRowSet, ROW_SETS, type RowSet, rowSetName } from './row-sets.ts'
import { SETTINGS, type Setting } from './setting.ts'
import type { Parameters } from './tunable-method.ts'

/** Row sets that delays and slates are judged on, in the order of the page. */
const PRIMARY_FIRST: readonly DetailedRowSet[] = [...DETAILED_ROW_SETS].reverse()
const ALL_PRIMARY_FIRST = ['new', ...ROW_SETS.filter((rowSet) => rowSet !== 'new')] as const
const TITLES: Record<Measure, string> = { hr20: 'HR@20', mrr20: 'MRR@20', ndcg20: 'NDCG@20' }
const ROW_SET_TITLES: Record<RowSet, string> = {
  new: 'rows whose next item is new to the session (primary)',
  other: 'other rows: the next item is not the item acted on last, which every list leaves out',
  newToUser: 'rows whose next item is new to the user; lists leave out all items of the user',
  asServed: 'rows as served: lists leave out what slates leave out by default, and a next item among it is a miss',
  all: 'all rows',
  openings: 'openings: the first item of each session',
}
const STEP_NAMES = new Map([
  [0, 'none'],
  [60, '1 minute'],
  [3600, '1 hour'],
  [86400, '1 day'],
])

/** Result of an evaluation of either kind. The key `kind` tells which. */
export type Report = NextItemReport | ImpressionReport

/** Returns the whole report as one HTML file, which loads nothing from elsewhere. */
export function htmlReport(logs: readonly Report[], making: Making): string {
  const { command, madeAt, code } = making
  const compared = resultOf({ ...making, logs }).logs
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Evaluation</title><style>${STYLE}</style></head><body>
<h1>Evaluation</h1>
<p>Made ${escapeHtml(madeAt)} at ${escapeHtml(code)} by <code>${escapeHtml(command)}</code>. Points are means over rows; lines are 95 % intervals from 1,000 bootstrap
draws of whole users. Every method ranks all items known so far: scored items first, then the others, newest first.
Ties sort by item id. On rows whose next item is new to the session, items of the session are removed from every list.</p>
${logs.length > 1 ? `<nav>${logs.map(({ folder, kind }, i) => `<a href="#log${i}">${escapeHtml(nameOf(folder))}, ${kind === 'impressions' ? 'impressions' : 'next item'}</a>`).join(' ')}</nav>` : ''}
${compared.length > 0 ? verdictSection(compared) : ''}
${logs.map((log, i) => (log.kind === 'next_item' ? nextItemSection(log, i) : impressionSection(log, i))).join('\n')}
</body></html>
`
}

function verdictSection(logs: readonly ComparedLog[]): string {
  const parts = verdictSections(logs).map(({ title, paragraphs, head, rows }) => {
    const text = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('')
    return `<h3>${escapeHtml(title)}</h3>${text}${rows.length > 0 ? table(head, rows) : ''}`
  })
  return `<section id="verdicts"><h2>Verdicts</h2>
<p>By MRR@20 on rows whose next item is new to the session. Here, the intervals of one log hold for all baselines at once.</p>
${parts.join('\n')}</section>`
}

function nextItemSection(report: NextItemReport, number: number): string {
  const { folder, test, systems, tuned, figures } = report
  const full = systems[0].method
  const facts: [string, string][] = [
    ['events', report.events.toLocaleString('en-US')],
    ['test period', `from ${test.from} (${test.split === 'declared' ? 'declared in the events' : 'by time'})`],
    ['rows', `${test.rows.toLocaleString('en-US')} of ${test.users.toLocaleString('en-US')} users`],
    ['openings', test.openings.toLocaleString('en-US')],
    ['items', test.items.toLocaleString('en-US')],
    ['omitted', omittedCounts(report.problems)],
    ...report.doubts.map((doubt): [string, string] => ['note', doubt]),
    ...systems.map(({ method, what }): [string, string] => [method, what]),
    ...tuned.map(({ method, all, new: fresh, dropsLast }): [string, string] => [
      method,
      `for all rows: ${listed(all)}${dropsLast ? ', without the last item' : ''}; for new rows: ${listed(fresh)}`,
    ]),
  ]
  const main = SETTINGS.flatMap((setting) =>
    ALL_PRIMARY_FIRST.flatMap((rowSet) => {
      const rows = figures.filter((row) => row.setting === setting && row.rowSet === rowSet)
      return rows.length === 0 ? [] : [mainSection(report, setting, rowSet, rows, full)]
    }),
  )
  return `<section id="log${number}"><h2>${escapeHtml(nameOf(folder))}</h2>
<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
${main.join('\n')}
${delaySection(report)}
${slateSection(report)}
${sliceSection(report)}
${exposureSection(report.exposure)}
${listSection(report)}
${recallSection(report)}
</section>`
}

function listed(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function mainSection(report: NextItemReport, setting: Setting, rowSet: RowSet, rows: readonly MethodRow[], full: string): string {
  const plots = (['hr20', 'mrr20'] as const).map((measure) =>
    intervalFigure(
      `${TITLES[measure]}, ${setting}, ${rowSetName(rowSet)}`,
      measure === 'hr20' ? 'share of rows whose next item is among the first 20' : 'mean of 1 / rank, 0 below rank 20',
      pointsOf(rows, measure, full),
    ),
  )
  const differences = report.differences.filter((row) => row.setting === setting && row.rowSet === rowSet)
  return `<h3>${escapeHtml(SETTING_TITLES[setting])}; ${escapeHtml(ROW_SET_TITLES[rowSet])}, ${rows[0].rows.toLocaleString('en-US')}</h3>
<div class="plots">${plots.join('')}</div>
${methodTables(
  full,
  MEASURES.map((measure) => TITLES[measure]),
  rows,
  differences,
  cells,
)}`
}

function delaySection({ delays, folder }: NextItemReport): string {
  if (delays.length === 0) return ''
  const seconds = [...new Set(delays.map((row) => row.seconds))]
  const steps = seconds.map((delay) => STEP_NAMES.get(delay) ?? `${delay} s`)
  const lineOf = (state: DelayRow['state'], rowSet: DetailedRowSet, measure: Measure) => ({
    label: state === 'own' ? "the user's own state" : 'shared state',
    points: delays
      .filter((row) => row.state === state && row.rowSet === rowSet)
      .map((row) => ({ value: row[measure], low: row.intervals[measure][0], high: row.intervals[measure][1] })),
  })
  const plots = PRIMARY_FIRST.filter((rowSet) => delays.some((row) => row.rowSet === rowSet)).flatMap((rowSet) =>
    (['hr20', 'mrr20'] as const).map((measure) =>
      stepFigure(
        `${TITLES[measure]} of ${delays[0].method} by delay of state, ${rowSet} rows`,
        { x: 'delay of the state', y: TITLES[measure] },
        steps,
        [lineOf('own', rowSet, measure), lineOf('shared', rowSet, measure)],
      ),
    ),
  )
  return `<h3>Cost of stale state</h3>
<p>The user's own state or the shared state is delayed, one at a time (${escapeHtml(nameOf(folder))}, prequential). If the session continues
sooner than the delay, the user's own state lacks the last action by construction.</p>
<div class="plots">${plots.join('')}</div>
${table(
  [
    'rows',
    'state',
    'delay',
    'share of sessions that continue sooner',
    ...MEASURES.map((measure) => TITLES[measure]),
    ...MEASURES.map((measure) => `Δ ${TITLES[measure]}`),
  ],
  delays.map((row) => [
    row.rowSet,
    row.state,
    STEP_NAMES.get(row.seconds) ?? `${row.seconds} s`,
    row.sooner.toFixed(3),
    ...cells(row),
    ...cells(row.difference, true),
  ]),
)}`
}

function slateSection({ slates, folder }: NextItemReport): string {
  if (slates.length === 0) return ''
  const plots = PRIMARY_FIRST.flatMap((rowSet) => {
    const curve = diversityCurve(slates, rowSet)
    if (curve.length === 0) return []
    const steps = curve.map(({ variant }) => String(variant.diversity))
    const line = (measure: SlateMeasure) => ({
      label: SLATE_TITLES[measure],
      points: curve.map(({ ofRelevance }) => ofRelevance[measure]),
    })
    const coverage = curve.map((row) => row.coverage / curve[0].coverage)
    const covered = { label: 'coverage', points: coverage.map((value) => ({ value, low: value, high: value })) }
    const axes = { x: 'λ of maximal marginal relevance', y: 'ratio to relevance alone' }
    return [
      stepFigure(`Cost of diversity, ${rowSet} rows`, axes, steps, [line('mrr20'), line('ndcg10')]),
      stepFigure(`Effect of diversity, ${rowSet} rows`, axes, steps, [line('byActions'), covered]),
    ]
  })
  return `<h3>Slates</h3>
<p>Slates of 20 from the scores of the full system (${escapeHtml(nameOf(folder))}, prequential), made as in the service: by relevance alone, with
diversity, without bought items, and with fading, which multiplies the score by a factor for each ignored impression (half-life a day). Diversity is
the mean over pairs of a slate: by attributes, 1 − the share of attribute values in common; by actions, 1 − the cosine of the users who act on both.
In brackets: the ratio to relevance alone, with paired intervals.</p>
<div class="plots">${plots.join('')}</div>
${table(
  ['rows', 'slates', ...SLATE_MEASURES.map((measure) => SLATE_TITLES[measure]), 'coverage'],
  slates.map(({ rowSet, rows, variant, figures, ofRelevance, coverage }) => [
    `${rowSet} (${rows})`,
    variant.name,
    ...SLATE_MEASURES.map((measure) => {
      const { value, low, high } = ofRelevance[measure]
      return `${figures[measure].value.toFixed(4)} [${intervalText(value, low, high)}]`
    }),
    coverage.toFixed(4),
  ]),
)}`
}

function sliceSection({ slices, sliceDifferences, systems }: NextItemReport): string {
  if (slices.length === 0) return ''
  const titles = MEASURES.map((measure) => TITLES[measure])
  const placesOf = (row: (typeof slices)[number]) => [row.setting, row.rowSet, row.slice, String(row.rows)]
  return `<details><summary>Slices</summary>${table(
    ['setting', 'rows', 'slice', 'count', 'method', ...titles],
    slices.map((row) => [...placesOf(row), row.method, ...cells(row)]),
  )}</details>
<details><summary>Slices: ${escapeHtml(systems[0].method)} minus each other method, with paired intervals</summary>${table(
    ['setting', 'rows', 'slice', 'count', 'against', ...titles],
    sliceDifferences.map((row) => [...placesOf(row), row.against, ...cells(row, true)]),
  )}</details>`
}

function listSection({ lists }: NextItemReport): string {
  return `<details><summary>Properties of the lists</summary>
<p>Coverage: share of the known items that appear in the first 20 of a list. Popularity: actions on a listed item so far, divided by those
on the average item. Diversity: mean over pairs of a list of 1 − the Jaccard similarity of their declared attributes.</p>${table(
    ['setting', 'method', 'coverage', 'popularity', 'diversity'],
    lists.map(({ setting, method, coverage, popularity, diversity }) => [
      setting,
      method,
      coverage.toFixed(4),
      popularity.toFixed(2),
      diversity === undefined ? 'no attributes' : diversity.toFixed(4),
    ]),
  )}</details>`
}

function recallSection({ recall }: NextItemReport): string {
  const sources = Object.keys(recall[0]?.recall ?? {})
  return `<details><summary>Recall of the candidates</summary>
<p>Share of the rows whose next item is among the first 100 of a source, and among all candidates of all sources (union).</p>${table(
    ['setting', 'rows', ...sources],
    recall.map(({ setting, rowSet, recall: of }) => [setting, rowSet, ...sources.map((source) => (of[source] ?? 0).toFixed(4))]),
  )}</details>`
}

function cells(row: Pick<MethodFigures, Measure | 'intervals'>, isDifference = false): string[] {
  return MEASURES.map((measure) => cell(row[measure], row.intervals[measure], isDifference))
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d8dde4; --back: #ffffff; --main: #c2410c; --other: #475569; --second: #1d4ed8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #36404d; --back: #14181e; --main: #fb923c; --other: #a3b0c2; --second: #7aa2ff } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 1320px; margin: 2rem auto; padding: 0 1rem }
h2 { border-top: 2px solid var(--line); padding-top: 1rem; margin-top: 3rem }
h3 { margin-top: 2rem; font-size: 1.05rem }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem } dt { color: var(--soft) } dd { margin: 0 }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1rem }
figure { margin: 0 } figcaption { font-weight: 600; margin: .5rem 0 }
svg { width: 100%; height: auto }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; font-variant-numeric: tabular-nums }
summary { cursor: pointer; margin: .8rem 0 } nav a { margin-right: 1rem } code { font-size: .9em } a { color: var(--second) }
`
