import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { type Domain, withConsent } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { type LogProblems, noProblems } from '../../src/import/log-problems.ts'
import type { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { readConfig } from '../../src/service/config.ts'
import { FIRST_STAGE } from '../../src/slate/first-stage.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import type { JudgedSystem } from '../evaluation/compare-methods.ts'
import { diversityChartName } from '../evaluation/diversity-chart-name.ts'
import { diversityPlot } from '../evaluation/diversity-plot.ts'
import { evaluateImpressions } from '../evaluation/evaluate-impressions.ts'
import { evaluateNextItems } from '../evaluation/evaluate-next-items.ts'
import { IMPRESSION_BASELINES, LIST_BASELINES } from '../evaluation/judge-impressions.ts'
import { BASELINES, EASE, RULE, type System } from '../evaluation/next-item-baselines.ts'
import { htmlReport, type Report } from '../evaluation/report-html.ts'
import { printReport } from '../evaluation/report-table.ts'
import { SEQUENCE_MODEL_NAMES } from '../evaluation/sequence-models.ts'
import { DIVERSITIES, type SlateVariant, slateVariants } from '../evaluation/slate-variants.ts'
import { findTestPeriod, type TestPeriod } from '../evaluation/test-period.ts'
import { loadRanker } from '../learning/check-trained-model.ts'
import { chosenFeatures } from '../learning/chosen-features.ts'
import type { FeatureChoice } from '../learning/feature-choices.ts'
import { FolderLog } from '../learning/folder-log.ts'
import { GivenOrder } from '../learning/given-order.ts'
import { isExplained, surveyLog } from '../learning/log-survey.ts'
import { chooseModel, readFound } from '../learning/model-choice.ts'
import { hasLearnedFrom, SHIPPED } from '../learning/shipped-model.ts'
import { TieShuffledFolder } from '../learning/tie-shuffled-folder.ts'
import { listsAtCuts } from '../offline/served-lists.ts'
import { withScratchFolder } from '../scratch-folder.ts'
import { codeVersion } from '../verdicts/code-version.ts'
import { resultOf } from '../verdicts/evaluation-result.ts'
import { printVerdicts } from '../verdicts/print-verdicts.ts'
import { writeSummary } from '../verdicts/summary-page.ts'
import { allVerdicts } from '../verdicts/verdict-sections.ts'
import { easeFitter } from './ease-fitter.ts'
import { expectServable } from './expect-servable.ts'
import { expectPython, SEQUENCES } from './python-environment.ts'
import { sequenceFitter } from './sequence-fitter.ts'
import { trainedBefore } from './trained-before.ts'

type Kind = 'next_item' | 'impressions'

/** Options of `liverank evaluate`, as they were parsed. Times in minutes and hours, shares from 0 to 1. */
export interface EvaluateOptions {
  readonly only?: Kind
  readonly model?: string
  readonly withoutModel?: boolean
  readonly beside: readonly string[]
  readonly features: FeatureChoice
  readonly testFrom: number
  readonly delays: string
  readonly surfaceAttribute?: string
  readonly givenOrder: readonly string[]
  readonly window: number
  readonly ease?: boolean
  readonly sequenceModels?: boolean
  readonly rows?: number
  readonly delayRows: number
  readonly diversities?: string
  readonly slateRows: number
  readonly svg?: string
  readonly report: string
  readonly summary?: string
  readonly json?: boolean
  readonly seed: number
}

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
  /** Whether the first stage is judged in place of a model. */
  readonly withoutModel: boolean
  /** Folders of models by the names that they are judged under. */
  readonly beside: ReadonlyMap<string, string>
  readonly features: FeatureChoice
  readonly givenOrder: GivenOrder
  readonly testFrom: number
  /** ms */
  readonly delays: readonly number[]
  readonly ease: boolean
  readonly sequenceModels: boolean
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

/**
 * Judges a model and other methods on each log, prints the metrics, and writes the report.
 * @throws InvalidInputError for an option that cannot be used, such as a model that cannot be served
 * @throws LiverankError UNUSABLE_DATA for a log that cannot be judged by
 */
export async function runEvaluate(folders: readonly string[], options: EvaluateOptions): Promise<void> {
  const { json = false } = options
  const beside = besideModels(options.beside)
  const settings = {
    delays: options.delays === 'none' ? [] : numbersOf('delays', options.delays, 0.01, 60 * 24 * 365).map((one) => one * MINUTE),
    variants: slateVariants(
      options.diversities === undefined ? DIVERSITIES : numbersOf('diversities', options.diversities, 0, 1),
    ),
  }
  if (options.withoutModel && options.model !== undefined)
    throw new InvalidInputError('--without-model judges no model: omit it, or omit --model.', 'without-model')
  if (options.withoutModel && options.only !== 'next_item')
    throw new InvalidInputError('--without-model is for next items: add --only next_item.', 'without-model')
  if (options.givenOrder.length > 0 && options.only === 'next_item')
    throw new InvalidInputError('--given-order is for impressions: omit it, or omit --only next_item.', 'given-order')
  if (options.summary !== undefined && options.only === 'impressions')
    throw new InvalidInputError('--summary is about next items: omit it, or omit --only impressions.', 'summary')
  if (options.sequenceModels && options.only === 'impressions')
    throw new InvalidInputError('--sequence-models is for next items: omit it, or omit --only impressions.', 'sequence-models')
  const { DOMAIN, CONSENT } = readConfig(process.env)
  const domain = withConsent(await loadDomain(DOMAIN), CONSENT)
  if (options.ease) await expectPython()
  if (options.sequenceModels) await expectPython(SEQUENCES)
  await expectServable('--model', options.model === undefined ? [] : [options.model], domain)
  await expectServable('--beside', options.beside, domain)
  await withScratchFolder('evaluate', async (scratch) => {
    const plan: Plan = {
      ...settings,
      domain,
      only: options.only,
      window: options.window * HOUR,
      model: options.model,
      withoutModel: options.withoutModel ?? false,
      beside,
      features: options.features,
      givenOrder: new GivenOrder(options.givenOrder),
      testFrom: options.testFrom,
      ease: options.ease ?? false,
      sequenceModels: options.sequenceModels ?? false,
      mostRows: options.rows ?? Number.POSITIVE_INFINITY,
      mostDelayedRows: options.delayRows,
      mostSlateRows: options.slateRows,
      seed: options.seed,
      scratch,
      say: json ? () => {} : (line) => console.log(line),
      bar: !json,
    }
    const surveyed: Surveyed[] = []
    for (const folder of folders)
      surveyed.push(await survey(new TieShuffledFolder(folder, domain, options.surfaceAttribute), plan))
    const logs: Report[] = []
    for (const { data, period, kinds } of surveyed)
      for (const judged of kinds) logs.push(await evaluate(data, period, judged, plan))
    await writeResults(logs, options)
  })
}

async function writeResults(logs: readonly Report[], { report, summary, svg, json = false }: EvaluateOptions): Promise<void> {
  const command = `liverank ${process.argv.slice(2).join(' ')}`
  const making = { command, madeAt: new Date().toISOString(), code: await codeVersion() }
  const result = resultOf({ ...making, logs })
  await mkdir(dirname(report), { recursive: true })
  await writeFile(report, htmlReport(logs, making))
  if (svg !== undefined) await writePlots(svg, logs)
  if (summary !== undefined) await writeSummary(summary, [result])
  if (json) {
    console.log(JSON.stringify({ ...making, verdicts: allVerdicts(result.logs), logs }, null, 2))
    return
  }
  for (const log of logs) printReport(log)
  if (result.logs.length > 0) printVerdicts(result.logs)
  console.log(`\n${report} has the plots: open it in a browser.`)
  if (summary !== undefined) console.log(`${summary} has the summary.`)
}

/** Folders of models by their names. @throws InvalidInputError when a name is that of another method */
function besideModels(folders: readonly string[]): Map<string, string> {
  const taken: string[] = [
    ...BASELINES,
    EASE,
    ...SEQUENCE_MODEL_NAMES,
    ...IMPRESSION_BASELINES,
    ...LIST_BASELINES,
    'full_system',
    'without_declared',
    'shipped_model',
    FIRST_STAGE,
    RULE,
  ]
  const beside = new Map<string, string>()
  for (const dir of folders) {
    const name = basename(resolve(dir))
    if (taken.includes(name) || beside.has(name))
      throw new InvalidInputError(`--beside ${dir}: another method is named ${name}. Rename the folder.`, 'beside')
    beside.set(name, dir)
  }
  return beside
}

/** Numbers of a list with commas. @throws InvalidInputError naming the option and its bounds */
function numbersOf(option: string, list: string, least: number, most: number): number[] {
  return list.split(',').map((text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw new InvalidInputError(
      `--${option} is ${text}: give numbers from ${least} to ${most}, with commas between them.`,
      option,
    )
  })
}

async function writePlots(directory: string, logs: readonly Report[]): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const log of logs)
    if (log.kind === 'next_item') await writeFile(join(directory, diversityChartName(log.folder)), diversityPlot(log))
}

interface Surveyed {
  readonly data: DataFolder
  readonly period: TestPeriod
  readonly kinds: readonly Judged[]
}

/** What a log is judged by, and on which events. All logs are surveyed first, so that none is judged if another cannot be. */
async function survey(data: DataFolder, plan: Plan): Promise<Surveyed> {
  const kinds = await judgedOf(data, plan)
  return { data, kinds, period: await findTestPeriod(data, plan.testFrom) }
}

async function judgedOf(data: DataFolder, { domain, window, only, givenOrder }: Plan): Promise<readonly Judged[]> {
  if (only === 'next_item') return [{ kind: only }]
  const problems = noProblems()
  const survey = await surveyLog(new FolderLog(data, domain, givenOrder), domain, window, problems)
  const impressions = { kind: 'impressions', shown: survey.shown, problems } as const
  if (only === 'impressions') return [impressions]
  return isExplained(survey) ? [{ kind: 'next_item' }, impressions] : [{ kind: 'next_item' }]
}

async function evaluate(data: DataFolder, period: TestPeriod, judged: Judged, plan: Plan): Promise<Report> {
  const { kind } = judged
  const { domain, window, delays, mostRows, mostDelayedRows, variants, mostSlateRows, seed, givenOrder } = plan
  const systems = await systemsOf(data, period, kind, plan)
  const bar = new SingleBar({
    format: `${basename(data.folder)}, ${kind} |{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go`,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (plan.bar) bar.start(period.events, 0)
  const onProgress = (events: number) => bar.update(events)
  const fitEase = plan.ease ? easeFitter(plan, basename(data.folder)) : undefined
  const common = { data, domain, period, systems, seed, onProgress }
  try {
    if (judged.kind === 'next_item')
      return await evaluateNextItems({
        ...common,
        ...(fitEase && { fitEase }),
        ...(plan.sequenceModels && { fitSequences: sequenceFitter(plan, basename(data.folder)) }),
        delays,
        mostRows,
        mostDelayedRows,
        variants,
        mostSlateRows,
      })
    const { shown, problems } = judged
    const shownInTest = (shown * (period.events - period.before)) / period.events
    const events = () => data.events(noProblems())
    return await evaluateImpressions({
      ...common,
      neighbours: fitEase ? await listsAtCuts(events, domain, [period.before], fitEase) : [],
      window,
      problems,
      givenOrder,
      shareOfUsers: Math.min(1, mostRows / shownInTest),
    })
  } finally {
    bar.stop()
    for (const system of systems) await system.ranker?.release()
  }
}

interface Judge extends System, JudgedSystem {
  readonly what: string
  readonly ranker: OnnxRanker | undefined
}

const WITHOUT_MODEL: readonly Judge[] = [
  { method: FIRST_STAGE, ranker: undefined, learnsChoices: true, what: 'no model: what users choose decides' },
  { method: RULE, ranker: undefined, what: 'no model: merged ranks of the sources' },
]

/** The systems to judge; the first is the full system. Those that are not given are trained. */
async function systemsOf(data: DataFolder, period: TestPeriod, kind: Kind, plan: Plan): Promise<readonly Judge[]> {
  const withoutModel = WITHOUT_MODEL.filter(({ method }) => method === RULE || kind === 'next_item')
  if (plan.withoutModel) return [...withoutModel, ...(await shippedBeside(data, plan))]
  const { domain, features } = plan
  const load = async (method: string, dir: string, what = dir) => ({ method, ranker: await loadRanker(dir, domain), what })
  const trained = async (method: string, choice: FeatureChoice) => {
    const dir = await trainedBefore({ ...plan, data, kind, period, features: choice })
    const { isKept } = chooseModel(await readFound(dir))
    const doubt = isKept ? '' : '; liverank train would not keep it'
    return load(method, dir, `trained on the events before the test period (--features ${choice})${doubt}`)
  }
  const full = plan.model === undefined ? await trained('full_system', features) : await load('full_system', plan.model)
  const isShipped = plan.model !== undefined && resolve(plan.model) === SHIPPED
  const systems: Judge[] = [isShipped ? { ...full, shipped: await shippedOn(data, full.ranker) } : full]
  if (plan.model === undefined && features === 'all' && declaresFeatures(domain))
    systems.push(await trained('without_declared', 'undeclared'))
  systems.push(...(await Promise.all([...plan.beside].map(([method, dir]) => load(method, dir)))))
  if (!isShipped) systems.push(...(await shippedBeside(data, plan)))
  return [...systems, ...withoutModel]
}

async function shippedBeside(data: DataFolder, plan: Plan): Promise<Judge[]> {
  const ranker = await loadShipped(plan)
  return ranker ? [{ method: 'shipped_model', ranker, what: 'models/default', shipped: await shippedOn(data, ranker) }] : []
}

/** Whether the shipped model was trained on a log: on the same files, or on a folder of the same name. */
async function shippedOn(data: DataFolder, ranker: OnnxRanker): Promise<{ readonly hasSeenLog: boolean }> {
  const isNamed = ranker.contract.dataNames.includes(basename(resolve(data.folder)))
  return { hasSeenLog: isNamed || (await hasLearnedFrom(ranker, data)) }
}

/** Tells whether attributes that the domain declares of users, requests and events give features of candidates. */
function declaresFeatures({ accumulators }: Domain): boolean {
  const set = new AccumulatorSet(accumulators)
  return chosenFeatures('all', set).length > chosenFeatures('undeclared', set).length
}

/** Undefined where the domain lacks a feature of it. */
async function loadShipped({ domain, say }: Plan): Promise<OnnxRanker | undefined> {
  try {
    return await loadRanker(SHIPPED, domain)
  } catch (error) {
    say(`The shipped model is omitted: ${(error as Error).message}`)
    return undefined
  }
}
