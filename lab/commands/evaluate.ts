import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import { choiceOption, numberOption, runCommand } from '../../src/commands/command-line.ts'
import { readConfig } from '../../src/config.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import { type LogProblems, noProblems } from '../../src/import/log-problems.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { diversityPlot } from '../evaluation/diversity-plot.ts'
import { evaluateImpressions } from '../evaluation/evaluate-impressions.ts'
import { evaluateNextItems } from '../evaluation/evaluate-next-items.ts'
import { IMPRESSION_BASELINES } from '../evaluation/judge-impressions.ts'
import { BASELINES, type System } from '../evaluation/methods.ts'
import { htmlReport, type Report } from '../evaluation/report-html.ts'
import { printReport } from '../evaluation/report-table.ts'
import { DIVERSITIES, type SlateVariant, slateVariants } from '../evaluation/slate-variants.ts'
import { findTestPeriod, type TestPeriod } from '../evaluation/test-period.ts'
import { FEATURE_CHOICES, type FeatureChoice } from '../learning/chosen-features.ts'
import { FolderLog } from '../learning/folder-log.ts'
import { isExplained, surveyLog } from '../learning/impression-labels.ts'
import { trainedBefore } from './trained-before.ts'

const USAGE = `npm run evaluate -- FOLDER… [options]

Judges by what comes next in the sessions of a test period, or by what came of what was shown there, beside the methods that people would
otherwise use, on the very same rows. Trains a model for the full system on what comes before that period.

  FOLDER                 events.jsonl.gz and, where items have attributes, items.jsonl.gz
  --only WHAT            next_item or impressions; without it what comes next is judged, and impressions too where they explain at
                         least half of the clicks, carts and purchases
  --model DIR            the model of the full system, a model folder; without it one is trained for each log
  --beside DIR           a model that is judged beside it, under the name of its folder; may be given several times
  --features KIND        of the model that is trained, as of npm run train (portable)
  --test-from SHARE      where events do not name their split in eventAttributes.split: the test period is what comes from
                         this share of the events on (0.75)
  --delays MINUTES       by which users' own and shared state are held back, each by itself, such as 1,60; none (1,60,1440)
  --surface-attribute NAME  an attribute of the events that says where something was shown, for logs that do not in
                         eventAttributes.surface: a text or a number
  --window HOURS         how long after an impression something may come of it (24)
  --rows N               judge a sample of so many rows, at most, or of users with about so many impressions (all)
  --delay-rows N         and of these so many under delays (3000)
  --diversities L,L      strengths of diversity by which slates are made of the full system's scores (${DIVERSITIES.join(',')})
  --slate-rows N         on so many rows (3000)
  --svg DIR              what diversity costs and brings as a picture in this folder too, diversity-<log>.svg
  --report FILE          the report to write, one HTML file (evaluation.html)
  --json                 figures for machines, on stdout
  --seed N               (7)`

const SHIPPED = join(PACKAGE_ROOT, 'models/default')

const KINDS = ['next_item', 'impressions'] as const
type Kind = (typeof KINDS)[number]

/** What a log is judged by; for impressions with what a survey found: how many items were shown, and what is wrong with the log. */
type Judged =
  | { readonly kind: 'next_item' }
  | { readonly kind: 'impressions'; readonly shown: number; readonly problems: LogProblems }

interface Plan {
  readonly domain: Domain
  readonly only: Kind | undefined
  /** ms */
  readonly window: number
  readonly model: string | undefined
  /** Folders of models by the names that they are judged under. */
  readonly beside: ReadonlyMap<string, string>
  readonly features: FeatureChoice
  readonly testFrom: number
  /** ms */
  readonly delays: readonly number[]
  readonly mostRows: number
  readonly mostDelayedRows: number
  readonly variants: readonly SlateVariant[]
  readonly mostSlateRows: number
  readonly seed: number
  readonly scratch: string
  /** Where what is not a figure goes; nowhere with --json. */
  readonly say: (line: string) => void
  readonly bar: boolean
}

async function main(): Promise<void> {
  const { values, positionals: folders } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      window: { type: 'string', default: '24' },
      'surface-attribute': { type: 'string' },
      model: { type: 'string' },
      beside: { type: 'string', multiple: true, default: [] },
      features: { type: 'string', default: 'portable' },
      'test-from': { type: 'string', default: '0.75' },
      delays: { type: 'string', default: '1,60,1440' },
      rows: { type: 'string' },
      'delay-rows': { type: 'string', default: '3000' },
      diversities: { type: 'string', default: DIVERSITIES.join(',') },
      'slate-rows': { type: 'string', default: '3000' },
      svg: { type: 'string' },
      report: { type: 'string', default: 'evaluation.html' },
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '7' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (folders.length === 0) throw new InvalidInputError(`name at least one data folder.\n\n${USAGE}`)
  const { json } = values
  const features = choiceOption('features', values.features, FEATURE_CHOICES)
  const only = values.only === undefined ? undefined : choiceOption('only', values.only, KINDS)
  const taken: string[] = [...BASELINES, ...IMPRESSION_BASELINES, 'full_system', 'shipped_model', 'rule']
  const beside = new Map<string, string>()
  for (const dir of values.beside) {
    const name = basename(resolve(dir))
    if (taken.includes(name) || beside.has(name))
      throw new InvalidInputError(`--beside ${dir}: ${name} is judged already; rename the folder.`, 'beside')
    beside.set(name, dir)
  }
  const domain = await loadDomain(readConfig(process.env).DOMAIN)
  const scratch = await mkdtemp(join(tmpdir(), 'liverank-evaluate-'))
  try {
    const plan: Plan = {
      domain,
      only,
      window: numberOption('window', values.window, 0.001, 24 * 90) * HOUR,
      model: values.model,
      beside,
      features,
      testFrom: numberOption('test-from', values['test-from'], 0.05, 0.98),
      delays:
        values.delays === 'none'
          ? []
          : values.delays.split(',').map((minutes) => numberOption('delays', minutes, 0.01, 60 * 24 * 365) * MINUTE),
      mostRows: values.rows === undefined ? Number.POSITIVE_INFINITY : numberOption('rows', values.rows, 10, 1e9),
      mostDelayedRows: numberOption('delay-rows', values['delay-rows'], 10, 1e9),
      variants: slateVariants(values.diversities.split(',').map((strength) => numberOption('diversities', strength, 0, 1))),
      mostSlateRows: numberOption('slate-rows', values['slate-rows'], 10, 1e9),
      seed: numberOption('seed', values.seed, 0, 2 ** 31 - 1),
      scratch,
      say: json ? () => {} : (line) => console.log(line),
      bar: !json,
    }
    const logs: Report[] = []
    for (const folder of folders) {
      const data = new DataFolder(folder, values['surface-attribute'])
      const kinds = await judgedOf(data, plan)
      const period = await findTestPeriod(data, plan.testFrom)
      for (const judged of kinds) logs.push(await evaluate(data, period, judged, plan))
    }
    const command = `npm run evaluate -- ${process.argv.slice(2).join(' ')}`
    await writeFile(values.report, htmlReport(logs, command, new Date().toISOString()))
    if (values.svg !== undefined) await writePlots(values.svg, logs)
    if (json) console.log(JSON.stringify({ logs }, null, 2))
    else {
      for (const log of logs) printReport(log)
      console.log(`\n${values.report} has the plots: open it in a browser.`)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function writePlots(directory: string, logs: readonly Report[]): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const log of logs)
    if (log.kind === 'next_item')
      await writeFile(join(directory, `diversity-${basename(resolve(log.folder))}.svg`), diversityPlot(log))
}

async function judgedOf(data: DataFolder, { domain, window, only }: Plan): Promise<readonly Judged[]> {
  if (only === 'next_item') return [{ kind: only }]
  const problems = noProblems()
  const survey = await surveyLog(new FolderLog(data, domain), domain, window, problems)
  const impressions = { kind: 'impressions', shown: survey.shown, problems } as const
  if (only === 'impressions') return [impressions]
  return isExplained(survey) ? [{ kind: 'next_item' }, impressions] : [{ kind: 'next_item' }]
}

async function evaluate(data: DataFolder, period: TestPeriod, judged: Judged, plan: Plan): Promise<Report> {
  const { kind } = judged
  const { domain, window, delays, mostRows, mostDelayedRows, variants, mostSlateRows, seed, say, features, scratch } = plan
  const own = plan.model ?? (await trainedBefore({ data, kind, period, window, features, seed, scratch, say }))
  const ranker = await load(own, domain)
  const beside = await Promise.all(
    [...plan.beside].map(async ([method, dir]) => ({ method, ranker: await load(dir, domain), what: dir })),
  )
  const shipped = resolve(own) === SHIPPED ? undefined : await loadShipped(plan)
  const systems: (System & { what: string; ranker: OnnxRanker | undefined })[] = [
    { method: 'full_system', ranker, what: plan.model ?? `trained on what comes before (--features ${features})` },
    ...beside,
    ...(shipped ? [{ method: 'shipped_model', ranker: shipped, what: 'models/default' }] : []),
    { method: 'rule', ranker: undefined, what: 'without a model: merged places on the lists of the sources' },
  ]
  const bar = new SingleBar({
    format: `${basename(data.folder)}, ${kind} |{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go`,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (plan.bar) bar.start(period.events, 0)
  const onProgress = (events: number) => bar.update(events)
  const common = { data, domain, period, systems, seed, onProgress }
  try {
    if (judged.kind === 'next_item')
      return await evaluateNextItems({ ...common, delays, mostRows, mostDelayedRows, variants, mostSlateRows })
    const { shown, problems } = judged
    const shownInTest = (shown * (period.events - period.before)) / period.events
    return await evaluateImpressions({ ...common, window, problems, shareOfUsers: Math.min(1, mostRows / shownInTest) })
  } finally {
    bar.stop()
    for (const system of systems) await system.ranker?.release()
  }
}

/** Undefined where the domain lacks a feature of it. */
async function loadShipped({ domain, say }: Plan): Promise<OnnxRanker | undefined> {
  try {
    return await load(SHIPPED, domain)
  } catch (error) {
    say(`The shipped model is left out: ${(error as Error).message}`)
    return undefined
  }
}

/** @throws ModelContractError when the service cannot serve it */
function load(folder: string, domain: Domain): Promise<OnnxRanker> {
  const accumulators = new AccumulatorSet(domain.accumulators)
  return OnnxRanker.load(folder, { features: new Set(accumulators.features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION })
}

runCommand('evaluate', main)
