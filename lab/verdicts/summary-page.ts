import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { SETTINGS } from '../evaluation/setting.ts'
import { differenceChart } from '../plotting/difference-chart.ts'
import { chartPathOf } from './chart-path.ts'
import type { ComparedLog } from './comparison.ts'
import type { EvaluationResult, Making } from './evaluation-result.ts'
import { baselineSection, type Section, verdictSections, verdictsBy } from './verdict-sections.ts'

const GUIDE = join(PACKAGE_ROOT, 'docs/guides/compare-on-several-logs.md')
const TITLE = 'Full system minus the best baseline of each log, MRR@20'

/** Writes the summary of evaluations as a Markdown page, and its chart beside it. Creates their folder if it is missing. */
export async function writeSummary(page: string, results: readonly EvaluationResult[]): Promise<void> {
  const logs = results.flatMap((result) => result.logs)
  await mkdir(dirname(resolve(page)), { recursive: true })
  await writeFile(chartPathOf(page), summaryChart(logs))
  await writeFile(page, summaryPage(page, results))
}

function summaryChart(logs: readonly ComparedLog[]): string {
  const differences = SETTINGS.toReversed().flatMap((setting) =>
    verdictsBy(logs, 'full_system', setting, 'mrr20').map(({ log, best, margin }) => ({
      log,
      series: setting,
      against: best.method,
      value: best.difference,
      bounds: best.bounds,
      margin,
    })),
  )
  return differenceChart(TITLE, 'difference of MRR@20', SETTINGS.toReversed(), differences)
}

function summaryPage(page: string, results: readonly EvaluationResult[]): string {
  const logs = results.flatMap((result) => result.logs)
  const [goals, losses, ...rest] = verdictSections(logs)
  const details = logs.flatMap((log) => baselineSection(log) ?? [])
  return `${[
    '# Evaluation summary',
    `This page says how the full system compares with every baseline on ${logs.length === 1 ? 'one log' : `${logs.length} logs`}. It was made ${madeIn(results)}, [as described below](#how-this-page-was-made). The [last section](#terms) explains the words.`,
    ...[goals, losses].map((section) => markdown(section, '##')),
    ...rest.map((section) => markdown(section, '##')),
    `![${TITLE}](${basename(chartPathOf(page))})`,
    'In the chart, a point is the difference from the best baseline, and its line is the interval. The grey tick is minus the margin.',
    '## Every baseline, prequential',
    ...details.map((section) => markdown(section, '###')),
    ['## How this page was made', ...results.map(making)].join('\n\n'),
    terms(page),
  ].join('\n\n')}\n`
}

function madeIn(results: readonly EvaluationResult[]): string {
  return [...new Set(results.map(({ madeAt, code }) => `on ${madeAt.slice(0, 10)} at ${code}`))].join(', and ')
}

function making({ command, madeAt, code }: Making): string {
  return `On ${madeAt.slice(0, 10)}, at ${code}:\n\n\`\`\`sh\n${command}\n\`\`\``
}

function markdown({ title, paragraphs, head, rows }: Section, level: string): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const table = rows.length === 0 ? [] : [[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')]
  return [`${level} ${title}`, ...paragraphs, ...table].join('\n\n')
}

function terms(page: string): string {
  const link = existsSync(GUIDE)
    ? `[Compare on several logs](${relative(dirname(resolve(page)), GUIDE)})`
    : 'The guide *Compare on several logs*'
  return `## Terms

- **Full system.** The model that was evaluated ranks the items that the service proposes. *Baselines* are the other methods.
- **MRR@20.** At each moment after an action, each method ranks all items. The item of the next action counts 1/rank, or 0 below rank 20. MRR@20 is the mean. *HR@20* is the share of moments at which this item is among the first 20.
- **Rows.** Only moments count whose next item is new to the session. All rankings leave out the items of the session.
- **Static, prequential.** In both settings, methods learn from all events before the test period. In the prequential setting, they also learn from each event of the test period, after they were judged by it.
- **Interval.** The intervals of one log hold for all baselines at once: the chance that any of them misses its true difference is about 5 %. Users are drawn as a whole.
- **p.** The chance of such a difference from any baseline, if no method were better than another.
- **Margin.** Differences below .005, or below 3 % of the best baseline if this is more, do not matter.
- **Loss.** Some baseline is better, beyond chance. The more logs, the stronger the evidence must be (Holm's correction).
- **Ahead.** The full system is better than every baseline, beyond chance, with the same correction.
- **Not worse.** The lower bounds of the differences from all baselines are above minus the margin.
- **Undecided.** The interval is too wide: half of it exceeds the margin, or there are fewer than 20 users. Such a log does not count as decided.
- **May be worse.** The interval is narrow enough, but none of the other words applies.

${link} says how to make this page, and explains these words in more detail.`
}
