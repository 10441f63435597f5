import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../accumulators/accumulator-set.ts'
import { readConfig } from '../config.ts'
import type { Domain } from '../domain/domain.ts'
import { DOMAINS } from '../domain/domains.ts'
import { InvalidInputError, LiverankError } from '../errors.ts'
import { evaluateNextItems, type NextItemReport } from '../evaluation/evaluate-log.ts'
import { htmlReport } from '../evaluation/report-html.ts'
import { printReport } from '../evaluation/report-table.ts'
import { findTestPeriod, type TestPeriod } from '../evaluation/test-period.ts'
import { OnnxRanker } from '../ranking/onnx-ranker.ts'
import { MINUTE } from '../state/decay.ts'
import { numberOption, runCommand } from './command-line.ts'

const USAGE = `npm run evaluate -- FOLDER… [options]

Judges by what comes next in the sessions of a test period, or by what came of what was shown there, beside the methods that people would
otherwise use, on the very same rows. Trains a model for the full system on what comes before that period.

  FOLDER                 events.jsonl.gz and, where items have attributes, items.jsonl.gz
  --model DIR            the model of the full system, a model folder; without it one is trained for each log
  --features KIND        of the model that is trained: all, or portable, what means the same in any shop (all)
  --test-from SHARE      where events do not name their split in eventAttributes.split: the test period is what comes from
                         this share of the events on (0.75)
  --delays MINUTES       by which users' own and shared state are held back, each by itself, such as 1,60; none (1,60,1440)
  --rows N               judge a sample of so many rows, at most (all)
  --delay-rows N         and of these so many under delays (3000)
  --report FILE          the report to write, one HTML file (evaluation.html)
  --json                 figures for machines, on stdout
  --seed N               (7)`

/** How this program itself is run. */
const TRAIN = [...process.execArgv, fileURLToPath(new URL(`./train${extname(import.meta.filename)}`, import.meta.url))]
const SHIPPED = resolve(import.meta.dirname, '../../models/default')

interface Plan {
  readonly domain: Domain
  readonly model: string | undefined
  readonly features: string
  readonly testFrom: number
  /** ms */
  readonly delays: readonly number[]
  readonly mostRows: number
  readonly mostDelayedRows: number
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
      model: { type: 'string' },
      features: { type: 'string', default: 'all' },
      'test-from': { type: 'string', default: '0.75' },
      delays: { type: 'string', default: '1,60,1440' },
      rows: { type: 'string' },
      'delay-rows': { type: 'string', default: '3000' },
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
  const { features, json } = values
  if (features !== 'portable' && features !== 'all')
    throw new InvalidInputError(`--features is ${features}; portable or all is allowed.`)
  const scratch = await mkdtemp(join(tmpdir(), 'liverank-evaluate-'))
  try {
    const plan: Plan = {
      domain: DOMAINS[readConfig(process.env).DOMAIN],
      model: values.model,
      features,
      testFrom: numberOption('test-from', values['test-from'], 0.05, 0.98),
      delays:
        values.delays === 'none'
          ? []
          : values.delays.split(',').map((minutes) => numberOption('delays', minutes, 0.01, 60 * 24 * 365) * MINUTE),
      mostRows: values.rows === undefined ? Number.POSITIVE_INFINITY : numberOption('rows', values.rows, 10, 1e9),
      mostDelayedRows: numberOption('delay-rows', values['delay-rows'], 10, 1e9),
      seed: numberOption('seed', values.seed, 0, 2 ** 31 - 1),
      scratch,
      say: json ? () => {} : (line) => console.log(line),
      bar: !json,
    }
    const logs: NextItemReport[] = []
    for (const folder of folders) logs.push(await evaluate(folder, plan))
    const command = `npm run evaluate -- ${process.argv.slice(2).join(' ')}`
    await writeFile(values.report, htmlReport(logs, command, new Date().toISOString()))
    if (json) console.log(JSON.stringify({ logs }, null, 2))
    else {
      for (const log of logs) printReport(log)
      console.log(`\n${values.report} has the plots: open it in a browser.`)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function evaluate(folder: string, plan: Plan): Promise<NextItemReport> {
  const { domain, delays, mostRows, mostDelayedRows, seed, say } = plan
  const period = await findTestPeriod(folder, plan.testFrom)
  const own = plan.model ?? (await trained(folder, period, plan))
  const what = plan.model === undefined ? `trained on what comes before (--features ${plan.features})` : plan.model
  const ranker = await load(own, domain)
  const shipped =
    resolve(own) === SHIPPED
      ? undefined
      : await load(SHIPPED, domain).catch((error: unknown) => {
          say(`The shipped model is left out: ${error instanceof Error ? error.message : error}`)
          return undefined
        })
  const bar = new SingleBar({
    format: `${basename(folder)} |{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go`,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (plan.bar) bar.start(period.events, 0)
  try {
    return await evaluateNextItems({
      folder,
      domain,
      period,
      systems: [
        { method: 'full_system', ranker, what },
        ...(shipped ? [{ method: 'shipped_model', ranker: shipped, what: 'models/default' }] : []),
        { method: 'rule', ranker: undefined, what: 'without a model: merged places on the lists of the sources' },
      ],
      delays,
      mostRows,
      mostDelayedRows,
      seed,
      onProgress: (events) => bar.update(events),
    })
  } finally {
    bar.stop()
    await ranker.release()
    await shipped?.release()
  }
}

/** @throws ModelContractError when the service cannot serve it */
function load(folder: string, domain: Domain): Promise<OnnxRanker> {
  const accumulators = new AccumulatorSet(domain.accumulators)
  return OnnxRanker.load(folder, { features: new Set(accumulators.features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION })
}

/** Trains by `npm run train` on what comes before the test period. @returns the model folder */
async function trained(folder: string, period: TestPeriod, { features, seed, scratch, say }: Plan): Promise<string> {
  const out = join(scratch, `model-of-${basename(resolve(folder))}`)
  // A log that says what to train on keeps the rest of itself out of training.
  const until = period.declaresTrain ? [] : ['--until', String(period.before / period.events)]
  const label = ['--label', 'next_item', '--features', features, '--seed', String(seed)]
  say(`Training on ${folder}, ${period.declaresTrain ? 'the part that it declares' : `its first ${period.before} events`}`)
  const train = spawn(process.execPath, [...TRAIN, folder, '--out', out, ...until, ...label], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(train.stderr)
  const ended = once(train, 'close')
  for await (const line of createInterface({ input: train.stdout })) say(`  ${line}`)
  const [code] = await ended
  if (code !== 0) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `No model could be trained on ${folder}: ${(await errors).trim()}\nGive one by --model, such as models/default.`,
    )
  }
  return out
}

runCommand('evaluate', main)
