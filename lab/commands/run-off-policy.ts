import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { readConfig } from '../../src/service/config.ts'
import { isOfJournal, linkJournal, withPlaces } from '../../src/state/embedded/link-journal.ts'
import { readArchive } from '../../src/state/log/archive.ts'
import { firstSegment } from '../../src/state/log/journal-names.ts'
import { coverageChart, ESTIMATOR_NAMES } from '../off-policy/coverage-chart.ts'
import type { Estimate, Estimates } from '../off-policy/estimators.ts'
import { compareOpenBandit, isOpenBandit, readOpenBandit } from '../off-policy/open-bandit.ts'
import { readServiceLog, type ServiceLogReport } from '../off-policy/service-log.ts'
import { type Coverage, coverage, ESTIMATORS } from '../off-policy/simulated-logs.ts'
import { SIMULATED } from '../off-policy/simulated-source.ts'
import { withScratchFolder } from '../scratch-folder.ts'

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
 * @throws DomainError for a domain that cannot be used, whatever the source is
 */
export async function runOffPolicy(sources: readonly string[], options: OffPolicyOptions): Promise<void> {
  const [first] = sources
  const domain = await loadDomain(options.domain ?? (process.env.DOMAIN || 'e-commerce'))
  if (first === SIMULATED) {
    const { runs, decisions, seed, out } = options
    const found = coverage({ seed, runs, decisions })
    console.log(coverageTable(found))
    await mkdir(out, { recursive: true })
    await writeFile(join(out, 'coverage.json'), `${JSON.stringify(found)}\n`)
    await writeFile(join(out, 'coverage.svg'), coverageChart(found))
    return
  }
  if (isOpenBandit(first)) openBanditTable(await readOpenBandit(first), options.clip)
  else await serviceReport(sources, domain, options.clip)
}

const HEAD = 'IPS | SNIPS | doubly robust | effective sample | clipped weights'

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
  console.log(
    `| campaign | logging policy | target policy | ${HEAD} | mean of the target policy in its own log |\n|---|---|---|---|---|---|---:|---:|---|`,
  )
  for (const { campaign, from, to, estimates, onPolicy } of compareOpenBandit(rows, clip))
    console.log(`| ${campaign} | ${from} | ${to} | ${columns(estimates)} | ${percent(onPolicy)} |`)
}

async function serviceReport(folders: readonly string[], domain: Domain, clip: number | undefined): Promise<void> {
  await withScratchFolder('off-policy', async (scratch) => {
    try {
      const held = await heldFolders(folders, scratch)
      await warnOfMissingStart(folders, held)
      printService(await readServiceLog(readArchive(...held), domain, clip))
    } catch (error) {
      throw withPlaces(error, (message) =>
        folders.reduce((text, folder, i) => text.replaceAll(join(scratch, String(i), sep), join(folder, sep)), message),
      )
    }
  })
}

/** Folders to read in place of these, with their archives: what a running service renames or removes stays there. */
async function heldFolders(folders: readonly string[], scratch: string): Promise<string[]> {
  const { ARCHIVE_DIR } = readConfig(process.env)
  const archives = ARCHIVE_DIR ? [ARCHIVE_DIR] : folders.map((folder) => join(folder, 'archive'))
  const held: string[] = []
  for (const [i, folder] of folders.entries()) {
    if ((await readdir(folder)).some(isOfJournal)) {
      held.push(join(scratch, String(i)))
      await linkJournal(folder, held[i])
    } else held.push(folder)
  }
  // The archive last: a segment that goes there meanwhile is in both.
  return [...held, ...archives.filter((folder) => existsSync(folder) && !folders.includes(folder))]
}

/** Warns of a journal whose first segments are in none of the folders that are read. */
async function warnOfMissingStart(folders: readonly string[], held: readonly string[]): Promise<void> {
  const first = firstSegment((await Promise.all(held.map((folder) => readdir(folder)))).flat())
  if (first === undefined || first === 1) return
  console.error(
    `The log of ${folders.join(', ')} begins with segment ${first} of the journal: the estimates lack everything before it. If the earlier segments are archived, name their folder or set ARCHIVE_DIR.`,
  )
}

function printService({ impressions, slots, randomised }: ServiceLogReport): void {
  console.log(
    `${impressions} impressions of slates, with ${slots.decisions} explored decisions and ${randomised.slates} randomised slates. Everything else was shown with certainty and supports no estimate.`,
  )
  if (slots.asServed) {
    console.log(`\nRewards per 100 explored decisions. As served: ${percent(slots.asServed)}.\n`)
    console.log(`| target policy of the slot | ${HEAD} |\n|---|---|---|---|---:|---:|`)
    for (const { policy, estimates } of slots.policies) console.log(`| ${policy} | ${columns(estimates)} |`)
  }
  if (randomised.policies.length === 0) return
  console.log(`\nClicks per 100 slates in the first positions, if the slate had shown the ranking.\n`)
  console.log(`| target policy | clicks of the drawn slates | ${HEAD} |\n|---|---|---|---|---|---:|---:|`)
  for (const { policy, estimates, asServed } of randomised.policies)
    console.log(`| ${policy} | ${percent(asServed)} | ${columns(estimates)} |`)
}

function coverageTable({ truth, logging, runs, covered, bias, error, reach, effectiveSample, clipped }: Coverage): string {
  const of = (share: number) => (100 * share).toFixed(2)
  return [
    `${runs} logs. True value ${of(truth)} clicks per 100 decisions; the logging policy has ${of(logging)}. Effective sample ${effectiveSample.toFixed(0)}, clipped weights ${of(clipped)} %.`,
    '',
    '| estimator | intervals that contain the true value | mean error | root mean squared error | half width |',
    '|---|---:|---:|---:|---:|',
    ...ESTIMATORS.map(
      (name) =>
        `| ${ESTIMATOR_NAMES[name]} | ${(100 * covered[name]).toFixed(1)} % | ${of(bias[name])} | ${of(error[name])} | ${of(reach[name])} |`,
    ),
  ].join('\n')
}
