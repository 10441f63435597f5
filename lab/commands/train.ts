import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import { checkFolders, choiceOption, numberOption, runCommand } from '../../src/commands/command-line.ts'
import { readConfig } from '../../src/config.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError, LiverankError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { lockFolder } from '../../src/state/embedded/data-folder-lock.ts'
import { HOUR } from '../../src/time-units.ts'
import { FEATURE_CHOICES } from '../learning/chosen-features.ts'
import { type DatasetOptions, datasetDependsOn, LABELS, makeDataset } from '../learning/make-dataset.ts'
import { checkParity } from '../learning/model-parity.ts'
import { openLogs } from '../learning/open-logs.ts'
import { RecordedLog } from '../learning/recorded-log.ts'
import { checkVectors } from '../learning/vector-check.ts'
import { vectorReport } from '../learning/vector-report.ts'
import { type Phase, Phases } from './phases.ts'
import { ensurePython, runPython } from './python-environment.ts'
import { TrainingWork } from './training-work.ts'

const USAGE = `npm run train -- FOLDER… [options]

Plays logs through the service, fits a ranker on what it would have been asked, and leaves a model folder.

  FOLDER                 what the service recorded: a DATA_DIR (with its archive, or that of ARCHIVE_DIR), or an archive; or a log
                         from elsewhere: events.jsonl.gz and, where items have attributes, items.jsonl.gz; slates.jsonl.gz where
                         events name slates by recommendationId
  --out DIR              the model folder to make (models/<date>); it must not exist
  --until SHARE          use the first part of each log only (1)
  --decisions N          decisions sampled from each log, at most (20000)
  --label LABEL          next_item: what comes next in the session; impressions: what came of the items that were shown,
                         0 nothing, 1 a click, 2 a cart, 3 a purchase; auto: impressions where they explain at least half of
                         the clicks, carts and purchases of every log, the next item where they do so in none (auto)
  --window HOURS         how long after a slate something may come of it, with impressions (24)
  --surface-attribute NAME  of a log from elsewhere, an attribute of the events that says where something was shown, if that is not
                         eventAttributes.surface: a text or a number
  --within-sessions      with next_item, leave out what sessions begin with: for pages that nobody comes to first
  --negatives N          negatives kept per training decision, with next_item (50)
  --dataset DIR          write the training set into this folder, which must not exist, and fit nothing: for other tools
                         (docs/models-from-elsewhere.md)
  --compare DIR          a model folder that is judged on the same test decisions
  --features KIND        portable: what means the same in any shop; any_domain: of that, what all domains that ship have; all
                         (portable)
  --seed N               (7)`

async function main(): Promise<void> {
  const { values, positionals: folders } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      until: { type: 'string', default: '1' },
      decisions: { type: 'string', default: '20000' },
      label: { type: 'string', default: 'auto' },
      window: { type: 'string', default: '24' },
      'surface-attribute': { type: 'string' },
      'within-sessions': { type: 'boolean', default: false },
      negatives: { type: 'string', default: '50' },
      compare: { type: 'string' },
      dataset: { type: 'string' },
      features: { type: 'string', default: 'portable' },
      seed: { type: 'string', default: '7' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (folders.length === 0) throw new InvalidInputError(`name at least one data folder.\n\n${USAGE}`)
  await checkFolders(folders)
  const label = choiceOption('label', values.label, LABELS)
  const features = choiceOption('features', values.features, FEATURE_CHOICES)
  if (values['within-sessions'] && label !== 'next_item')
    throw new InvalidInputError('--within-sessions is of what comes next: give it with --label next_item.', 'within-sessions')
  const { DOMAIN, ARCHIVE_DIR } = readConfig(process.env)
  const domain = await loadDomain(DOMAIN)
  const seed = numberOption('seed', values.seed, 0, 2 ** 31 - 1)
  const out = resolve(values.dataset ?? values.out ?? join('models', new Date().toISOString().slice(0, 10)))
  if (existsSync(out))
    throw new InvalidInputError(
      values.dataset === undefined
        ? `${out} exists: a model is never overwritten. Give another --out, or remove it.`
        : `${out} exists: give another --dataset, or remove it.`,
    )
  const log = (line: string) => console.log(line)
  const python = values.dataset === undefined ? await ensurePython(log) : undefined
  const directory = dirname(out)
  const phases = new Phases()
  const held = join(directory, `.training-logs-${process.pid}`)
  await mkdir(directory, { recursive: true })
  await TrainingWork.sweep(directory)
  const release = await lockFolder(held)
  let work: TrainingWork | undefined
  try {
    const surfaceAttribute = values['surface-attribute']
    const opened = openLogs(folders, { domain, archive: ARCHIVE_DIR, scratch: join(held, 'journals'), surfaceAttribute })
    const options = {
      logs: await phases.run('reading', () => opened),
      domain,
      features,
      label,
      window: numberOption('window', values.window, 0.001, 24 * 90) * HOUR,
      decisions: numberOption('decisions', values.decisions, 100, 1e7),
      negatives: numberOption('negatives', values.negatives, 1, 1000),
      openings: !values['within-sessions'],
      until: numberOption('until', values.until, 0.01, 1),
      seed,
      log,
    } satisfies DatasetOptions
    work = await TrainingWork.open(directory, { ...(await datasetDependsOn(options)), surfaceAttribute })
    if (work.hasDataset) log('Going on with the training set of an earlier run, which was cut off behind it')
    else {
      const dataset = await work.newDataset()
      await phases.run('training set', () => makeDataset(dataset, options))
      for (const data of options.logs) {
        if (data instanceof RecordedLog) {
          const check = await phases.run('skew', () => checkVectors(data))
          for (const line of vectorReport(data.folder, check)) log(line)
        }
      }
    }
    if (python === undefined) {
      await rename(work.dataset, out)
      await work.remove()
      log(`\n${phases}\n\n${relative(process.cwd(), out)} is ready: training/dataset.py says what it holds.`)
      return
    }
    const unchecked = join(await work.newBench(), basename(out))
    const script = join(PACKAGE_ROOT, 'training/fit.py')
    const compare = values.compare === undefined ? [] : ['--compare', resolve(values.compare)]
    const { dataset } = work
    const scores = join(work.folder, 'test.scores.f32')
    const fit = ['--dataset', dataset, '--out', unchecked, '--scores', scores, '--seed', String(seed), ...compare]
    await runPython(python, script, fit, log)
    phases.add({ name: 'fit', ...(await readTook(unchecked)) })
    log(await phases.run('check', () => checkModel(unchecked, dataset, scores, domain)))
    await rename(unchecked, out)
    await work.remove()
    log(`\n${phases}`)
    const place = relative(process.cwd(), out)
    log(`\n${place} is ready. Judge it: npm run replay -- FOLDER --model ${place}`)
  } catch (error) {
    // What ends in a sentence leaves nothing behind; only what is cut off is gone on with.
    await work?.remove()
    throw isDiskFull(error) ? diskFull(directory) : error
  } finally {
    await release()
    await rm(held, { recursive: true, force: true })
  }
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
    `The disk is full, and no model was made: free some space beside ${directory}, or give --out a place on another disk.`,
  )
}

/** Loads the model as the service would, and compares its scores with those of Python. */
async function checkModel(folder: string, dataset: string, scores: string, domain: Domain): Promise<string> {
  const accumulators = new AccumulatorSet(domain.accumulators)
  const ranker = await OnnxRanker.load(folder, {
    features: new Set(accumulators.features.keys()),
    layoutVersion: FEATURE_LAYOUT_VERSION,
  })
  try {
    const { rows, service, walk } = await checkParity(ranker, join(dataset, 'test.features.f32'), scores)
    const upTo = (difference: number) => difference.toExponential(1)
    return `On ${rows} test rows the service agrees with XGBoost to ${upTo(service)}, the walk through its trees to ${upTo(walk)}`
  } finally {
    await ranker.release()
  }
}

runCommand('train', main)
