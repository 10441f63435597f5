import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../accumulators/accumulator-set.ts'
import { featureMatrix } from '../accumulators/feature-matrix.ts'
import type { Domain } from '../domain/domain.ts'
import { Random } from '../simulation/random.ts'
import { hashOf, type LoggedEvent, noProblems } from './data-folder.ts'
import { DatasetWriter, type Split } from './dataset-writer.ts'
import { playLog, readNextItems } from './play-log.ts'
import { portableFeatures, rankableFeatures } from './portable-features.ts'

export interface DatasetOptions {
  readonly folders: readonly string[]
  readonly domain: Domain
  readonly features: 'portable' | 'all'
  /** Decisions to sample from each log, at most. */
  readonly decisions: number
  /** Negatives kept per decision of the training split. */
  readonly negatives: number
  /** Share of each log's events that is used, from its beginning. */
  readonly until: number
  readonly seed: number
  readonly log: (line: string) => void
}

/** Ends of warm-up, train and validation, as shares of what is used; test is the rest. */
const ENDS = { warmUp: 0.25, train: 0.7, validation: 0.85 } as const

/**
 * Plays logs through the production candidate generator and feature code, and writes what a ranker learns from. A decision is
 * the moment right after an event; the next item of the session is its positive. Within-slate features are computed over all
 * candidates, before negatives are left out. Behind the beginning of each split a gap as long as a session is left, so that no
 * session is in two of them. A log that names its split in `eventAttributes.split` (train, test) keeps it.
 */
export async function makeDataset(target: string, options: DatasetOptions) {
  const { folders, domain, seed, negatives, log } = options
  const accumulators = new AccumulatorSet(domain.accumulators)
  const names = options.features === 'all' ? rankableFeatures(accumulators) : portableFeatures(accumulators)
  const features = names.map((name) => accumulators.features.get(name)!)
  const hashes = await Promise.all(folders.map(hashOf))
  const writer = new DatasetWriter(target, {
    features: names,
    label: 'next_item',
    layoutVersion: FEATURE_LAYOUT_VERSION,
    accumulators: { domain: domain.name, slots: accumulators.layout.names, expiry: domain.expiry },
    dataHash: hashes.join('+'),
    dataNames: folders.map((folder) => basename(folder)),
  })
  for (const folder of folders) {
    const problems = noProblems()
    const next = await readNextItems(folder, domain, problems)
    const until = Math.floor(next.events * options.until)
    log(
      `${folder}: ${until} of ${next.events} events, ${problems.broken} broken lines, ${problems.duplicates} repetitions left out`,
    )
    for (const line of problems.named) log(`  ${line}`)
    const share = Math.min(1, options.decisions / Math.max(1, next.byEvent.size * options.until * (1 - ENDS.warmUp)))
    const random = new Random(seed, 'negatives')
    const splits = new Splitter(until, domain.expiry.session)
    const started = performance.now()
    let taken = 0
    await playLog({ folder, domain, until }, next, async ({ number, event, next: { itemId }, request }, service) => {
      const split = splits.of(number, event)
      if (split === undefined || crc32(`${seed} ${number}`) / 2 ** 32 >= share) return
      const { gathered, input } = await service.recommender.candidates(request)
      const positive = gathered.itemIds.indexOf(itemId)
      if (positive < 0) {
        writer.miss(split)
        return
      }
      const matrix = featureMatrix(features, input)
      const rows = split === 'train' ? sampled(gathered.itemIds.length, positive, negatives, random) : undefined
      writer.add(split, rows ? chosen(matrix, rows, features.length) : matrix, labels(rows, gathered.itemIds.length, positive))
      taken++
      if (taken % 2000 === 0) log(`  ${taken} decisions, ${((100 * number) / until).toFixed(0)} % of the log`)
    })
    log(`  ${taken} decisions in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
  return writer.finish()
}

/** Which split an event falls into; undefined for the warm-up and the gaps. */
class Splitter {
  readonly #until: number
  readonly #gap: number
  readonly #beganAt = new Map<Split, number>()

  constructor(until: number, gap: number) {
    this.#until = until
    this.#gap = gap
  }

  of(number: number, { timestamp, eventAttributes }: LoggedEvent): Split | undefined {
    const share = number / this.#until
    if (share < ENDS.warmUp) return undefined
    const declared =
      typeof eventAttributes === 'object' && eventAttributes !== null && 'split' in eventAttributes
        ? eventAttributes.split
        : undefined
    const byTime = share < ENDS.train ? 'train' : share < ENDS.validation ? 'validation' : 'test'
    const split = declared === 'test' ? 'test' : declared === 'train' && byTime === 'test' ? 'validation' : byTime
    const beganAt = this.#beganAt.get(split)
    if (beganAt === undefined) this.#beganAt.set(split, timestamp)
    return timestamp < (beganAt ?? timestamp) + this.#gap ? undefined : split
  }
}

/** The positive and so many others, each row once. */
function sampled(rows: number, positive: number, negatives: number, random: Random): number[] {
  const others = Array.from({ length: rows }, (_, row) => row).filter((row) => row !== positive)
  for (let i = 0; i < Math.min(negatives, others.length); i++) {
    const j = i + Math.floor(random.uniform() * (others.length - i))
    ;[others[i], others[j]] = [others[j], others[i]]
  }
  return [positive, ...others.slice(0, negatives)]
}

function chosen(matrix: Float32Array, rows: readonly number[], width: number): Float32Array {
  const picked = new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), at * width)
  })
  return picked
}

function labels(rows: readonly number[] | undefined, all: number, positive: number): Float32Array {
  return rows
    ? Float32Array.from(rows, (row) => (row === positive ? 1 : 0))
    : Float32Array.from({ length: all }, (_, row) => (row === positive ? 1 : 0))
}
