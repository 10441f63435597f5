import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkFolders } from '../../src/commands/command-line.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { readArchive } from '../../src/state/log/archive.ts'
import type { Estimate, Estimates } from '../off-policy/estimators.ts'
import { compareOpenBandit, OPEN_BANDIT_FILE, readOpenBandit } from '../off-policy/open-bandit.ts'
import { readServiceLog } from '../off-policy/service-log.ts'
import { type Coverage, coverage, ESTIMATORS } from '../off-policy/simulated-logs.ts'

/** Options of `liverank off-policy`, as they were parsed. */
export interface OffPolicyOptions {
  readonly domain?: string
  readonly clip?: number
  readonly runs: number
  readonly decisions: number
  readonly seed: number
  readonly out: string
}

/**
 * Prints estimates from logs, or how often intervals contain a known truth where the only source is `simulated`.
 * @throws InvalidInputError for a folder that cannot be read, or a domain that does not exist
 */
export async function runOffPolicy(sources: readonly string[], options: OffPolicyOptions): Promise<void> {
  const [first] = sources
  if (first === 'simulated') {
    const { runs, decisions, seed, out } = options
    const found = coverage({ seed, runs, decisions })
    console.log(coverageTable(found))
    await mkdir(out, { recursive: true })
    await writeFile(join(out, 'coverage.json'), `${JSON.stringify(found)}\n`)
    await writeFile(join(out, 'coverage.svg'), intervalPlot(found))
    return
  }
  await checkFolders(sources)
  if (existsSync(join(first, OPEN_BANDIT_FILE))) openBanditTable(await readOpenBandit(first), options.clip)
  else await serviceReport(sources, await loadDomain(options.domain ?? process.env.DOMAIN ?? 'e-commerce'), options.clip)
}

const HEAD = 'IPS | SNIPS | doubly robust | effective sample | weights cut'

function columns({ ips, snips, dr, effectiveSample, clipped }: Estimates): string {
  return [...[ips, snips, dr].map(percent), effectiveSample.toFixed(0), `${(100 * clipped).toFixed(2)} %`].join(' | ')
}

/** With its interval, in percent. */
function percent({ value, low, high }: Estimate): string {
  const [mean, from, to] = [value, low, high].map((one) => (100 * one).toFixed(2))
  return `${mean} (${from} to ${to})`
}

function openBanditTable(rows: Awaited<ReturnType<typeof readOpenBandit>>, clip: number | undefined): void {
  console.log('Clicks per 100 impressions, with 95 % intervals.\n')
  console.log(`| campaign | from the log of | value of | ${HEAD} | in its own log |\n|---|---|---|---|---|---|---:|---:|---|`)
  for (const { campaign, from, to, estimates, onPolicy } of compareOpenBandit(rows, clip))
    console.log(`| ${campaign} | ${from} | ${to} | ${columns(estimates)} | ${percent(onPolicy)} |`)
}

async function serviceReport(folders: readonly string[], domain: Domain, clip: number | undefined): Promise<void> {
  const archived = folders.map((folder) => join(folder, 'archive')).filter((folder) => existsSync(folder))
  const { impressions, slots, randomised } = await readServiceLog(readArchive(...folders, ...archived), domain, clip)
  console.log(
    `${impressions} impressions of slates. ${slots.decisions} explored decisions and ${randomised.slates} randomised slates were seen; all else was shown with certainty, and nothing can be estimated from it.`,
  )
  if (slots.asServed) {
    console.log(`\nRewards per 100 explored decisions; as served: ${percent(slots.asServed)}.\n`)
    console.log(`| the slot | ${HEAD} |\n|---|---|---|---|---:|---:|`)
    for (const { policy, estimates } of slots.policies) console.log(`| ${policy} | ${columns(estimates)} |`)
  }
  if (randomised.policies.length === 0) return
  console.log(`\nClicks per 100 slates among the first positions, if the ranking had stood there.\n`)
  console.log(`| instead of what was drawn | as drawn | ${HEAD} |\n|---|---|---|---|---|---:|---:|`)
  for (const { policy, estimates, asServed } of randomised.policies)
    console.log(`| ${policy} | ${percent(asServed)} | ${columns(estimates)} |`)
}

const NAMES = { ips: 'IPS', snips: 'SNIPS', dr: 'doubly robust' } as const

function coverageTable({ truth, logging, runs, covered, bias, error, reach, effectiveSample, clipped }: Coverage): string {
  const of = (share: number) => (100 * share).toFixed(2)
  return [
    `${runs} logs. Truth ${of(truth)} clicks per 100 decisions; the policy that made the logs has ${of(logging)}. Effective sample ${effectiveSample.toFixed(0)}, weights cut ${of(clipped)} %.`,
    '',
    '| estimator | intervals that hold the truth | mean error | root mean squared error | half width |',
    '|---|---:|---:|---:|---:|',
    ...ESTIMATORS.map(
      (name) =>
        `| ${NAMES[name]} | ${(100 * covered[name]).toFixed(1)} % | ${of(bias[name])} | ${of(error[name])} | ${of(reach[name])} |`,
    ),
  ].join('\n')
}

/** The intervals of the first hundred logs around the truth, an estimator beside the other; those that miss it in red. */
function intervalPlot({ first, truth }: Coverage): string {
  const [width, height, margin] = [760, 300, 40]
  const all = first.flatMap((log) => ESTIMATORS.map((name) => log[name]))
  const [low, high] = [Math.min(...all.map((one) => one.low)), Math.max(...all.map((one) => one.high))]
  const y = (value: number) => (height - margin - ((value - low) / (high - low)) * (height - 2 * margin)).toFixed(1)
  const panel = (width - 2 * margin) / ESTIMATORS.length
  const parts = ESTIMATORS.flatMap((name, at) => {
    const left = margin + at * panel
    const bars = first.map((log, i) => {
      const { low, high } = log[name]
      const x = (left + 10 + (i * (panel - 20)) / first.length).toFixed(1)
      const colour = low <= truth && truth <= high ? '#0b6e99' : '#c4281d'
      return `<line x1="${x}" x2="${x}" y1="${y(low)}" y2="${y(high)}" stroke="${colour}"/>`
    })
    return [...bars, `<text x="${left + panel / 2}" y="24" text-anchor="middle" font-weight="bold">${NAMES[name]}</text>`]
  })
  const marks = [low, truth, high].map(
    (value) => `<text x="${margin - 6}" y="${y(value)}" text-anchor="end">${(100 * value).toFixed(0)} %</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>95 % intervals from a hundred logs</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...parts, ...marks].join('\n')}
<line x1="${margin}" x2="${width - margin}" y1="${y(truth)}" y2="${y(truth)}" stroke="#333"/>
<text x="${width / 2}" y="${height - 10}" text-anchor="middle">95 % intervals from a hundred logs; the line is the truth</text>
</svg>
`
}
