import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename, extname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { HOUR } from '../../src/time-units.ts'
import type { TestPeriod } from '../evaluation/test-period.ts'
import type { FeatureChoice } from '../learning/feature-choices.ts'
import type { GivenOrder } from '../learning/given-order.ts'

export interface TrainedBeforeOptions {
  readonly data: DataFolder
  readonly kind: 'next_item' | 'impressions'
  readonly period: TestPeriod
  /** Time after an impression in which its outcome counts, in ms. */
  readonly window: number
  readonly features: FeatureChoice
  readonly givenOrder: GivenOrder
  /** Whether the model learns from neighbour lists. */
  readonly ease: boolean
  readonly seed: number
  /** Folder for the model. */
  readonly scratch: string
  readonly say: (line: string) => void
}

/** `liverank train`, as this program itself is run. */
const TRAIN = [...process.execArgv, fileURLToPath(new URL(`./main${extname(import.meta.filename)}`, import.meta.url)), 'train']

/**
 * Trains by `liverank train` on what comes before the test period.
 * @returns the model folder, also if the command would not keep the model
 * @throws LiverankError UNUSABLE_DATA with what the training said when it made none
 */
export async function trainedBefore(options: TrainedBeforeOptions): Promise<string> {
  const { data, kind, period, window, features, givenOrder, ease, seed, scratch, say } = options
  const { folder, surfaceAttribute } = data
  const out = join(scratch, `${kind}-of-${basename(resolve(folder))}-${features}`)
  // A log that says what to train on keeps the rest of itself out of training.
  const until = period.declaresTrain ? [] : ['--until', String(period.before / period.events)]
  const what = ['--label', kind, '--window', String(window / HOUR), '--features', features, '--seed', String(seed)]
  const where = [
    ...(ease ? ['--ease'] : []),
    ...(surfaceAttribute === undefined ? [] : ['--surface-attribute', surfaceAttribute]),
    ...(kind === 'impressions' ? givenOrder.surfaces : []).flatMap((surface) => ['--given-order', surface]),
  ]
  say(`Training on ${period.declaresTrain ? 'the train split' : `the first ${period.before} events`} of ${folder}`)
  const train = spawn(process.execPath, [...TRAIN, folder, '--out', out, ...until, ...what, ...where, '--keep-trained'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(train.stderr)
  const ended = once(train, 'close')
  for await (const line of createInterface({ input: train.stdout })) say(`  ${line}`)
  const [code] = await ended
  if (code !== 0) {
    const reason = (await errors).trim()
    throw new LiverankError(
      'UNUSABLE_DATA',
      `No model could be trained on the events before the test period of ${folder}. ${reason}\nOr pass a model with --model, such as models/default.`,
    )
  }
  return out
}
