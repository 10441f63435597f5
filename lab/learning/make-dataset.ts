import { basename } from 'node:path'
import type { Feature } from '../../src/accumulators/accumulator.ts'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { HOUR } from '../../src/time-units.ts'
import { Random } from '../random.ts'
import { chosenFeatures } from './chosen-features.ts'
import { clickFeatures, monotoneFeatures } from './click-features.ts'
import { type DatasetHeader, DatasetWriter, SPLITS, type Split, type SplitCounts } from './dataset-writer.ts'
import { whyEmpty } from './empty-split.ts'
import type { FeatureChoice } from './feature-choices.ts'
import { hasPositions, withGivenFeatures } from './given-features.ts'
import { writeImpressions } from './impression-rows.ts'
import { isExplained, type LogSurvey, reportProblems, surveyLog } from './log-survey.ts'
import { writeNextItems } from './next-item-rows.ts'
import { type ModelRanking, OtherRankings } from './other-rankings.ts'
import { type SampleOptions, sampleSlates } from './slate-sample.ts'
import type { Splitter } from './splitter.ts'
import type { TrainingLog } from './training-log.ts'

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
  /** Models to compare a trained one with, by the names of their rankings; absent for none. */
  readonly models?: ReadonlyMap<ModelRanking, OnnxRanker>
  readonly log: (line: string) => void
}

/** The column behind all features in which training sees where an item was shown. */
const POSITION = 'position'

const NEXT_ITEM = { label: 'next_item', objective: 'order', monotone: {}, positionFeature: null } as const

const NO_MODELS: ReadonlyMap<ModelRanking, OnnxRanker> = new Map()

/** Version of the files of a training set. */
const FORMAT = 3

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
  const rankings = new OtherRankings(domain, accumulators, options.models ?? NO_MODELS)
  const header = {
    rankings: rankings.names,
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
    const set = { ...header, features: names, gap: domain.expiry.session, ...NEXT_ITEM }
    const writer = new DatasetWriter(target, set, random)
    return writeNextItemSet(writer, featuresOf(names, accumulators), rankings, options)
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
    gap: options.window,
    label: 'impressions',
    objective,
    monotone: objective === 'clicks' ? monotoneFeatures(learned, accumulators) : {},
    positionFeature: positioned ? POSITION : null,
  }
  const writer = new DatasetWriter(target, set, random)
  for (const [i, { data, survey }] of sources.entries()) {
    const { all, ordered } = labelled[i]
    const until = Math.floor(survey.events * options.until)
    const leftOut = all.slates - ordered.slates
    const used = objective === 'clicks' ? all : ordered
    options.log(
      `  ${used.byDecision.size} of ${used.slates} slates; ` +
        (objective === 'clicks'
          ? 'most have one item, so the objective is pointwise'
          : `${leftOut} more training slates omitted, because all their items have the same label`),
    )
    if (objective === 'order') writer.leaveOut('train', leftOut)
    await writeImpressions(writer, { data, byDecision: used.byDecision, until }, { features, positioned }, rankings, options.log)
  }
  const splits = writer.finish()
  expectSlates(splits, options.window)
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

/** @throws LiverankError UNUSABLE_DATA when a split has no slates */
function expectSlates(splits: Record<Split, SplitCounts>, window: number): void {
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
      `No slate is left in the ${empty} split: each split begins with a gap of ${window / HOUR} hours. Use a longer log or a shorter --window.`,
    )
  }
}

/** @throws LiverankError UNUSABLE_DATA when a split has no decisions */
async function writeNextItemSet(
  writer: DatasetWriter,
  features: readonly Feature[],
  rankings: OtherRankings,
  options: DatasetOptions,
) {
  const splitters: Splitter[] = []
  for (const data of options.logs) splitters.push(await writeNextItems(writer, data, features, rankings, options))
  const splits = writer.finish()
  const empty = SPLITS.find((split) => splits[split].decisions === 0)
  if (empty) throw new LiverankError('UNUSABLE_DATA', whyEmpty(empty, splits[empty], splitters, options.domain))
  return splits
}

/** Returns everything that a training set depends on, as JSON. Two equal results mean equal training sets. */
export async function datasetDependsOn(options: DatasetOptions): Promise<object> {
  const { logs, domain, label, window, decisions, negatives, openings, until, seed, models = NO_MODELS } = options
  const accumulators = new AccumulatorSet(domain.accumulators)
  // A domain file may change between two runs, such as the sources and their quotas, which decide the candidates.
  const { accumulators: _, ...settings } = domain
  return {
    data: await Promise.all(logs.map(async (data) => [basename(data.folder), await data.hash(), data.givenOrder.surfaces])),
    format: FORMAT,
    layoutVersion: FEATURE_LAYOUT_VERSION,
    models: [...models].map(([name, { contract }]) => [name, contract.dataHash, contract.trainedAt]),
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
    reportProblems(data.folder, survey.events, problems, log)
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

function sampleOptionsOf({ survey }: Source, { domain, window, until, decisions, seed }: DatasetOptions): SampleOptions {
  const { events, declaresTrain } = survey
  return { domain, window, until: Math.floor(events * until), keepsDeclared: declaresTrain, decisions, seed }
}
