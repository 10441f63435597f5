import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Feature } from '../../src/accumulators/accumulator.ts'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import { featureMatrix } from '../../src/accumulators/feature-matrix.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { type LogProblems, noProblems, omittedCounts } from '../../src/import/log-problems.ts'
import { HOUR } from '../../src/time-units.ts'
import { Random } from '../random.ts'
import { chosenFeatures } from './chosen-features.ts'
import { clickFeatures, monotoneFeatures } from './click-features.ts'
import { type DatasetHeader, DatasetWriter, rowsOf, SPLITS } from './dataset-writer.ts'
import { whyEmpty } from './empty-split.ts'
import type { FeatureChoice } from './feature-choices.ts'
import { hasPositions, positionsOf, withGivenFeatures } from './given-features.ts'
import { isExplained, type LogSurvey, surveyLog } from './log-survey.ts'
import { withNegatives } from './negative-samples.ts'
import type { NextItems } from './next-items.ts'
import { nextItemsOf } from './play-log.ts'
import { type SampleOptions, type SlateSample, sampleSlates } from './slate-sample.ts'
import { ENDS, Splitter } from './splitter.ts'
import { actingEvents, type TrainingLog } from './training-log.ts'

export interface DatasetOptions {
  readonly logs: readonly TrainingLog[]
  readonly domain: Domain
  readonly features: FeatureChoice
  /** Label to train on: the next item, or the outcomes of impressions. `auto` chooses by what the logs have. */
  readonly label: 'next_item' | 'impressions' | 'auto'
  /** Time after a slate in which its outcomes count, in ms. */
  readonly window: number
  /** Decisions to sample from each log, at most. */
  readonly decisions: number
  /** Negatives kept per decision of the training split, where the label is the next item. */
  readonly negatives: number
  /** Whether the moments before a session's first event are decisions too, where the label is the next item. */
  readonly openings: boolean
  /** Share of each log's events that is used, from its beginning. */
  readonly until: number
  readonly seed: number
  readonly log: (line: string) => void
}

/** The column behind all features in which training sees where an item was shown. */
const POSITION = 'position'

/** A log, and what a survey found in it. */
interface Source {
  readonly data: TrainingLog
  readonly survey: LogSurvey
}

/**
 * Plays logs through the production candidate generator and feature code, and writes what a ranker learns from. Within-slate
 * features are computed over all candidates, before any row is left out. Behind the beginning of each split a gap is left, as
 * long as a label looks ahead.
 *
 * Next item: a decision is the moment right after an event, and with `openings` right before a session's first; the next item of the
 * session is its positive, the other candidates are negatives. The gap is a session, so that none is in two splits. A log that names its split in `eventAttributes.split`
 * (train, test) keeps it.
 *
 * Impressions: a decision is the moment right before a slate was first seen; its rows are the items that were shown, graded by
 * what came of them within the window. The gap is the window. Where most slates have one item, clicks are learned rather than an order, from
 * what can tell items apart. A split that a log names counts only where it names a train split. Slates made from given candidates
 * add the features of these.
 * @throws LiverankError UNUSABLE_DATA when a log is broken, does not have what the label needs, or is too short for the window
 */
export async function makeDataset(target: string, options: DatasetOptions) {
  const { logs, domain } = options
  const accumulators = new AccumulatorSet(domain.accumulators)
  const names = chosenFeatures(options.features, accumulators)
  const header = {
    layoutVersion: FEATURE_LAYOUT_VERSION,
    accumulators: parametersOf(accumulators, domain),
    dataHash: (await Promise.all(logs.map((data) => data.hash()))).join('+'),
    dataNames: logs.map(({ folder }) => basename(folder)),
  }
  const sources = options.label === 'next_item' ? [] : await surveyed(options)
  const random = new Random(options.seed, 'order of rows')
  if (options.label === 'next_item' || (options.label === 'auto' && !agreeOnImpressions(sources))) {
    if (logs.some(({ givenOrder }) => givenOrder.surfaces.length > 0))
      options.log('  --given-order has no effect, because the label is next_item')
    const writer = new DatasetWriter(target, nextItemHeader(header, names), random)
    return writeNextItemSet(writer, featuresOf(names, accumulators), options)
  }
  expectImpressions(sources)
  const labelled = await Promise.all(sources.map((source) => sampleSlates(source.data, sampleOptionsOf(source, options))))
  const objective = labelled.every(({ oneByOne }) => oneByOne) ? 'clicks' : 'order'
  const sampled = sources.map(({ data: { givenOrder } }, i) => ({ slates: labelled[i].all, givenOrder }))
  const chosenNames = withGivenFeatures(names, sampled, accumulators)
  const learned = objective === 'clicks' ? clickFeatures(chosenNames, accumulators) : chosenNames
  const features = featuresOf(learned, accumulators)
  const positioned = sampled.some(hasPositions)
  const set: DatasetHeader = {
    ...header,
    features: positioned ? [...learned, POSITION] : learned,
    label: 'impressions',
    objective,
    monotone: objective === 'clicks' ? monotoneFeatures(learned, accumulators) : {},
    positionFeature: positioned ? POSITION : null,
  }
  const writer = new DatasetWriter(target, set, random)
  for (const [i, source] of sources.entries()) {
    const { all, ordered } = labelled[i]
    if (objective === 'clicks') {
      options.log(`  ${all.byDecision.size} of ${all.slates} slates; most have one item, so the objective is pointwise`)
      await writeImpressions(writer, source, all, features, positioned, options)
    } else {
      const leftOut = all.slates - ordered.slates
      const of = `${ordered.byDecision.size} of ${ordered.slates} slates`
      options.log(`  ${of}; ${leftOut} more training slates omitted, because all their items have the same label`)
      writer.leaveOut('train', leftOut)
      await writeImpressions(writer, source, ordered, features, positioned, options)
    }
  }
  const splits = writer.finish()
  const empty = SPLITS.find((split) => splits[split].decisions === 0)
  if (empty && splits[empty].leftOut > 0) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `In each of the ${splits[empty].leftOut} slates of the ${empty} split, all items have the same label, mostly because nothing was clicked: there is no order to learn. Use a longer log, or check that clicks are logged.`,
    )
  }
  if (empty) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `No slate is left in the ${empty} split: each split begins with a gap of ${options.window / HOUR} hours. Use a longer log or a shorter --window.`,
    )
  }
  return splits
}

/** @throws LiverankError UNUSABLE_DATA naming the first log in which nothing was shown */
function expectImpressions(sources: readonly Source[]): void {
  for (const { data, survey } of sources) {
    if (survey.shown > 0) continue
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${data.folder}: nothing was shown, so there are no impressions to learn from. Use --label next_item.`,
    )
  }
}

function nextItemHeader<T extends object>(header: T, features: readonly string[]) {
  return { ...header, features, label: 'next_item', objective: 'order', monotone: {}, positionFeature: null } as const
}

/** @throws LiverankError UNUSABLE_DATA when a split has no decisions */
async function writeNextItemSet(writer: DatasetWriter, features: readonly Feature[], options: DatasetOptions) {
  const splitters: Splitter[] = []
  for (const data of options.logs) splitters.push(await writeNextItems(writer, data, features, options))
  const splits = writer.finish()
  const empty = SPLITS.find((split) => splits[split].decisions === 0)
  if (empty) throw new LiverankError('UNUSABLE_DATA', whyEmpty(empty, splits[empty], splitters, options.domain))
  return splits
}

/** Returns everything that a training set depends on, as JSON. Two equal results mean equal training sets. */
export async function datasetDependsOn(options: DatasetOptions): Promise<object> {
  const { logs, domain, label, window, decisions, negatives, openings, until, seed } = options
  const accumulators = new AccumulatorSet(domain.accumulators)
  // A domain file may change between two runs, such as the sources and their quotas, which decide the candidates.
  const { accumulators: _, ...settings } = domain
  return {
    data: await Promise.all(logs.map(async (data) => [basename(data.folder), await data.hash(), data.givenOrder.surfaces])),
    layoutVersion: FEATURE_LAYOUT_VERSION,
    slots: accumulators.layout.names,
    domain: settings,
    features: chosenFeatures(options.features, accumulators),
    ...{ label, window, decisions, negatives, openings, until, seed },
  }
}

function featuresOf(names: readonly string[], { features }: AccumulatorSet): Feature[] {
  return names.map((name) => features.get(name)!)
}

/** What features are computed with. */
function parametersOf(accumulators: AccumulatorSet, { name, expiry }: Domain): object {
  return { domain: name, slots: accumulators.layout.names, expiry }
}

async function surveyed({ logs, domain, window, log }: DatasetOptions): Promise<Source[]> {
  const sources: Source[] = []
  for (const data of logs) {
    const problems = noProblems()
    const survey = await surveyLog(data, domain, window, problems)
    logProblems(data.folder, survey.events, problems, log)
    const { shown, actions, explained, unknownSlates, beyond } = survey
    log(`  ${shown} items shown; ${explained} of ${actions} clicks, carts and purchases follow from them`)
    if (unknownSlates > 0) log(`  ${unknownSlates} impressions omitted: their slate is not in the slates of the folder`)
    if (beyond > 0) log(`  ${beyond} positions omitted: they are beyond the end of their slate`)
    sources.push({ data, survey })
  }
  return sources
}

/** @throws LiverankError UNUSABLE_DATA where some logs have impressions to learn from and others do not */
function agreeOnImpressions(sources: readonly Source[]): boolean {
  const [yes, no] = [true, false].map((wanted) => sources.filter(({ survey }) => isExplained(survey) === wanted))
  if (yes.length > 0 && no.length > 0) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `The impressions of ${yes[0].data.folder} explain most clicks, but those of ${no[0].data.folder} do not: give --label next_item or --label impressions for both, or train on each log separately.`,
    )
  }
  return no.length === 0
}

function logProblems(folder: string, events: number, problems: LogProblems, log: (line: string) => void): void {
  log(`${folder}: ${events} events, ${omittedCounts(problems)} omitted`)
  for (const line of problems.named) log(`  ${line}`)
}

async function writeNextItems(
  writer: DatasetWriter,
  data: TrainingLog,
  features: readonly Feature[],
  options: DatasetOptions,
): Promise<Splitter> {
  const { domain, seed, negatives, log } = options
  const problems = noProblems()
  const next = await nextItemsOf(actingEvents(data, problems), data.folder, domain)
  const until = Math.floor(next.events * options.until)
  logProblems(data.folder, next.events, problems, log)
  const firsts: NextItems['firsts'] = options.openings ? next.firsts : new Map()
  const decisions = (next.byEvent.size + firsts.size) * options.until * (1 - ENDS.warmUp)
  const share = Math.min(1, options.decisions / Math.max(1, decisions))
  const random = new Random(seed, 'negatives')
  const splits = new Splitter(until, domain.expiry.session)
  const progress = new Progress(until, log)
  await data.playNext({ ...next, firsts }, until, async ({ number, event, isFirst, itemId, request }, { recommender }) => {
    const split = splits.of(number, event)
    if (split === undefined || crc32(`${seed} ${number}${isFirst ? ' first' : ''}`) / 2 ** 32 >= share) return
    const { gathered, input } = await recommender.candidates(request)
    const positive = gathered.itemIds.indexOf(itemId)
    if (positive < 0) {
      writer.miss(split)
      return
    }
    const matrix = featureMatrix(features, input)
    const rows = split === 'train' ? withNegatives(gathered.itemIds.length, positive, negatives, random) : undefined
    writer.add(split, rows ? rowsOf(matrix, rows, features.length) : matrix, labels(rows, gathered.itemIds.length, positive))
    progress.decided(number)
  })
  progress.end()
  return splits
}

function sampleOptionsOf({ survey }: Source, { domain, window, until, decisions, seed }: DatasetOptions): SampleOptions {
  const { events, declaresTrain } = survey
  return { domain, window, until: Math.floor(events * until), keepsDeclared: declaresTrain, decisions, seed }
}

async function writeImpressions(
  writer: DatasetWriter,
  { data, survey }: Source,
  { byDecision }: SlateSample,
  features: readonly Feature[],
  positioned: boolean,
  options: DatasetOptions,
) {
  const until = Math.floor(survey.events * options.until)
  const progress = new Progress(until, options.log)
  await data.playShown(byDecision, until, async ({ number, decision }, request, { recommender }) => {
    const slate = byDecision.get(decision)!
    const { split, items } = slate
    const itemIds = items.map(({ itemId }) => itemId)
    const { gathered, input } = await recommender.candidates(request, itemIds)
    const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
    const rows = itemIds.map((itemId) => rowOf.get(itemId)!)
    const matrix = rowsOf(featureMatrix(features, input), rows, features.length)
    const positions = positionsOf(slate, data.givenOrder)
    const grades = Float32Array.from(items, ({ grade }) => grade)
    writer.add(split, positioned ? withColumn(matrix, positions, features.length) : matrix, grades)
    progress.decided(number)
  })
  progress.end()
}

/** Says how far a log has been played. */
class Progress {
  readonly #until: number
  readonly #log: (line: string) => void
  readonly #started = performance.now()
  #taken = 0

  constructor(until: number, log: (line: string) => void) {
    this.#until = until
    this.#log = log
  }

  decided(number: number): void {
    this.#taken++
    if (this.#taken % 2000 === 0)
      this.#log(`  ${this.#taken} decisions, ${((100 * number) / this.#until).toFixed(0)} % of the log`)
  }

  end(): void {
    this.#log(`  ${this.#taken} decisions in ${((performance.now() - this.#started) / 1000).toFixed(1)} s`)
  }
}

/** The matrix with one column more, NaN where it has no value. */
function withColumn(matrix: Float32Array, column: readonly (number | undefined)[], width: number): Float32Array {
  const wider = new Float32Array(column.length * (width + 1))
  column.forEach((value, row) => {
    wider.set(matrix.subarray(row * width, (row + 1) * width), row * (width + 1))
    wider[row * (width + 1) + width] = value ?? Number.NaN
  })
  return wider
}

function labels(rows: readonly number[] | undefined, all: number, positive: number): Float32Array {
  return rows
    ? Float32Array.from(rows, (row) => (row === positive ? 1 : 0))
    : Float32Array.from({ length: all }, (_, row) => (row === positive ? 1 : 0))
}
