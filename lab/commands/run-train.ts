import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import type { Domain } from '../../src/domain/domain.ts'
import { withConsent } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError, LiverankError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import type { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { readConfig } from '../../src/service/config.ts'
import { lockFolder } from '../../src/state/embedded/data-folder-lock.ts'
import { HOUR } from '../../src/time-units.ts'
import { checkTrainedModel, loadRanker } from '../learning/check-trained-model.ts'
import { DATASET_FILE } from '../learning/dataset-writer.ts'
import type { FeatureChoice } from '../learning/feature-choices.ts'
import { FolderLog } from '../learning/folder-log.ts'
import { listsForTraining } from '../learning/lists-for-training.ts'
import { type DatasetOptions, datasetDependsOn, makeDataset } from '../learning/make-dataset.ts'
import { chooseModel, readFound } from '../learning/model-choice.ts'
import { openLogs } from '../learning/open-logs.ts'
import type { ModelRanking } from '../learning/other-rankings.ts'
import { RecordedLog } from '../learning/recorded-log.ts'
import { loadShippedModel } from '../learning/shipped-model.ts'
import type { TrainingLog } from '../learning/training-log.ts'
import { checkVectors } from '../learning/vector-check.ts'
import { vectorReport } from '../learning/vector-report.ts'
import { easeFitter } from './ease-fitter.ts'
import { expectServable } from './expect-servable.ts'
import { type Phase, Phases } from './phases.ts'
import { ensurePython, expectPython, runPython } from './python-environment.ts'
import { TrainingWork } from './training-work.ts'

/** Options of `liverank train`, as they were parsed. Shares are from 0 to 1, the window is in hours. */
export interface TrainOptions {
  readonly out: string
  readonly until: number
  readonly decisions: number
  readonly label: DatasetOptions['label']
  readonly window: number
  readonly surfaceAttribute?: string
  readonly givenOrder: readonly string[]
  readonly withinSessions?: boolean
  readonly negatives: number
  readonly dataset?: string
  readonly compare?: string
  readonly keepTrained?: boolean
  readonly features: FeatureChoice
  readonly ease?: boolean
  readonly seed: number
}

/**
 * Trains a model on logs, and moves it into place when the service agrees with it.
 * @throws InvalidInputError for a folder that cannot be read, an output that exists, or options that do not go together
 * @throws LiverankError UNUSABLE_DATA (also if another ranking is better), PYTHON_ENVIRONMENT or UNAVAILABLE (the disk is full); no model is left
 * behind
 */
export async function runTrain(folders: readonly string[], options: TrainOptions): Promise<void> {
  const { label } = options
  if (options.withinSessions && label !== 'next_item')
    throw new InvalidInputError('--within-sessions needs --label next_item: it leaves out the first item of each session.')
  if (options.givenOrder.length > 0 && label === 'next_item')
    throw new InvalidInputError(
      '--given-order needs the label impressions: next items are not chosen from a list that was shown.',
    )
  const { DOMAIN, CONSENT, ARCHIVE_DIR } = readConfig(process.env)
  const domain = withConsent(await loadDomain(DOMAIN), CONSENT)
  const out = resolve(options.dataset ?? options.out)
  if (options.compare !== undefined) await expectServable('--compare', [options.compare], domain)
  const log = (line: string) => console.log(line)
  if (options.dataset === undefined || options.ease) await expectPython()
  const directory = dirname(out)
  const phases = new Phases()
  const held = join(directory, `.training-logs-${process.pid}`)
  await mkdir(directory, { recursive: true })
  await TrainingWork.sweep(directory)
  const release = await lockFolder(held)
  let work: TrainingWork | undefined
  const models = new Map<ModelRanking, OnnxRanker>()
  try {
    const { surfaceAttribute, givenOrder } = options
    const ofLogs = { surfaceAttribute, givenOrder }
    const opened = openLogs(folders, { domain, archive: ARCHIVE_DIR, scratch: join(held, 'journals'), ...ofLogs })
    const logs = await phases.run('reading', () => opened)
    const shipped = await loadShippedModel(domain, logs)
    if (shipped) models.set('shipped', shipped)
    if (options.compare !== undefined) models.set('compared', await loadRanker(options.compare, domain))
    const set = datasetOptions(options, { logs, domain, log, models })
    const ease = options.ease ? listsFor(set, join(held, 'matrices')) : undefined
    work = await TrainingWork.open(directory, { ...(await datasetDependsOn(set)), surfaceAttribute, ease: ease !== undefined })
    await makeSet(work, set, phases, ease)
    if (options.dataset === undefined)
      await makeModel(work, out, { options, phases, domain, log, compared: models.get('compared') })
    else await rename(work.dataset, out)
    await work.remove()
    const place = relative(process.cwd(), out)
    log(`\n${phases}\n`)
    log(
      options.dataset === undefined
        ? `${place} is ready. Judge it: liverank replay FOLDER --model ${place.includes('/') ? place : `./${place}`}`
        : `${place} is ready. The guide on bringing your own model describes its files.`,
    )
  } catch (error) {
    // What ends in a sentence leaves nothing behind; only what is cut off is gone on with.
    await work?.remove()
    throw isDiskFull(error) ? diskFull(directory) : error
  } finally {
    for (const ranker of models.values()) await ranker.release()
    await release()
    await rm(held, { recursive: true, force: true })
  }
}

function datasetOptions(
  { label, features, window, decisions, negatives, withinSessions = false, until, seed }: TrainOptions,
  common: Pick<DatasetOptions, 'logs' | 'domain' | 'log' | 'models'>,
): DatasetOptions {
  return { ...common, features, label, window: window * HOUR, decisions, negatives, openings: !withinSessions, until, seed }
}

/** Makes the training set, unless an earlier run has, and checks the features of recorded logs against those that were served. */
async function makeSet(work: TrainingWork, options: DatasetOptions, phases: Phases, serve?: ServeLists): Promise<void> {
  const { log } = options
  if (work.hasDataset) {
    log('Reusing the training set of an earlier run that was interrupted')
    return
  }
  const dataset = await work.newDataset()
  const logs = serve ? await phases.run('neighbour lists', serve) : options.logs
  await phases.run('training set', () => makeDataset(dataset, { ...options, logs }))
  for (const data of logs) {
    if (!(data instanceof RecordedLog)) continue
    const check = await phases.run('skew', () => checkVectors(data))
    for (const line of vectorReport(data.folder, check)) log(line)
  }
}

/** Returns the logs of a training set, with neighbour lists that are served to them. */
type ServeLists = () => Promise<TrainingLog[]>

/** @param scratch folder for matrices @throws InvalidInputError for a log of the service */
function listsFor({ logs, domain, until, seed, log }: DatasetOptions, scratch: string): ServeLists {
  const folders = logs.filter((data): data is FolderLog => {
    if (data instanceof FolderLog) return true
    throw new InvalidInputError(
      `--ease is for logs of other systems, but ${data.folder} was recorded by the service, which knows the neighbour lists that it served: omit the option.`,
      'ease',
    )
  })
  return async () => {
    const serving: TrainingLog[] = []
    // One after the other: each computation needs about a gigabyte.
    for (const data of folders) {
      const fit = easeFitter({ seed, scratch, say: log }, basename(resolve(data.folder)))
      serving.push(data.serving(await listsForTraining(data, domain, until, fit)))
    }
    return serving
  }
}

interface Making {
  readonly options: TrainOptions
  readonly phases: Phases
  readonly domain: Domain
  readonly log: (line: string) => void
  readonly compared: OnnxRanker | undefined
}

/**
 * Fits a model to the training set, and moves it to `out` when the service agrees with it.
 * @throws LiverankError UNUSABLE_DATA if one of the rankings that it was compared with is better
 */
async function makeModel(work: TrainingWork, out: string, { options, phases, domain, log, compared }: Making): Promise<void> {
  const python = await ensurePython(log)
  const unchecked = join(await work.newBench(), basename(out))
  const script = join(PACKAGE_ROOT, 'training/fit.py')
  const { dataset } = work
  const canBeTested = compared && (await hasFeaturesOf(compared, dataset))
  if (compared && !canBeTested)
    log(`  ${compared.name} needs features that the training set lacks: it is compared on the validation period, but not tested`)
  const compare = canBeTested && options.compare ? ['--compare', resolve(options.compare)] : []
  const scores = join(work.folder, 'test.scores.f32')
  const fit = ['--dataset', dataset, '--out', unchecked, '--scores', scores, '--seed', String(options.seed), ...compare]
  await runPython(python, script, fit, log)
  phases.add({ name: 'fit', ...(await readTook(unchecked)) })
  log(await phases.run('check', () => checkTrainedModel(unchecked, dataset, scores, domain)))
  const choice = chooseModel(await readFound(unchecked))
  if (!choice.isKept && !options.keepTrained)
    throw new LiverankError(
      'UNUSABLE_DATA',
      `The trained model is not kept. ${choice.reason} Serve without it, or keep it with --keep-trained. A longer log, or more --decisions, may give a better one.`,
    )
  const warning = choice.isKept ? choice.warning : `${choice.reason} It is kept because of --keep-trained.`
  if (warning !== undefined) log(`\nWarning: ${warning}`)
  await rename(unchecked, out)
}

const featuresSchema = z.object({ features: z.array(z.string()) })

async function hasFeaturesOf({ features, constants }: OnnxRanker, dataset: string): Promise<boolean> {
  const known = featuresSchema.parse(JSON.parse(await readFile(join(dataset, DATASET_FILE), 'utf8'))).features
  return features.every((feature) => constants.has(feature) || known.includes(feature))
}

const tookSchema = z.object({ took: z.object({ seconds: z.number(), cpuSeconds: z.number(), peakMb: z.number().nullable() }) })

async function readTook(folder: string): Promise<Omit<Phase, 'name'>> {
  return tookSchema.parse(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'))).took
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code))
}

function diskFull(directory: string): LiverankError {
  return new LiverankError(
    'UNAVAILABLE',
    `The disk is full, so no model was written: free some space in ${directory}, or give an --out on another disk.`,
  )
}
