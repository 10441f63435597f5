import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../random.ts'

/** Parts of a training set, in the order of time: to fit the model, to choose when to stop, and to judge the result. */
export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** Name of the file that describes a training set. It is written last: a folder with this file has the whole set. */
export const DATASET_FILE = 'dataset.json'

/** The content of the file `dataset.json` besides the counts. */
export interface DatasetHeader {
  readonly features: readonly string[]
  readonly label: 'next_item' | 'impressions'
  /**
   * Training objective. `order`: ranking, which learns the order of the rows of a decision. `clicks`: pointwise, which learns the
   * click probability of each row.
   */
  readonly objective: 'order' | 'clicks'
  /**
   * Directions in which the click probability may change with a feature: 1 up only, -1 down only. Empty for the objective
   * `order`.
   */
  readonly monotone: { readonly [feature: string]: 1 | -1 }
  /** Name of the feature that holds the position of a shown item; null if there is none. */
  readonly positionFeature: string | null
  readonly layoutVersion: number
  /** Parameters of the accumulators that computed the features. */
  readonly accumulators: unknown
  /** SHA-256 of the data, hex. */
  readonly dataHash: string
  readonly dataNames: readonly string[]
}

/**
 * Contents of one split. `missed` counts decisions whose next item was not among the candidates. `leftOut` counts slates without
 * any order to learn.
 */
export interface SplitCounts {
  readonly rows: number
  readonly decisions: number
  readonly missed: number
  readonly leftOut: number
}

interface SplitFiles {
  readonly features: number
  readonly labels: number
  readonly groups: number
  rows: number
  decisions: number
  missed: number
  leftOut: number
}

/**
 * Writes a training set piece by piece, and keeps nothing in memory. training/dataset.py describes the format. The rows of each decision
 * are shuffled: whether a row is a positive, or where it was shown, must not be told by its place.
 */
export class DatasetWriter {
  readonly #folder: string
  readonly #header: DatasetHeader
  readonly #random: Random
  readonly #splits: Record<Split, SplitFiles>

  /** @param random draws the order of the rows */
  constructor(folder: string, header: DatasetHeader, random: Random) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#header = header
    this.#random = random
    const open = (split: Split): SplitFiles => ({
      features: openSync(join(folder, `${split}.features.f32`), 'w'),
      labels: openSync(join(folder, `${split}.labels.f32`), 'w'),
      groups: openSync(join(folder, `${split}.groups.u32`), 'w'),
      rows: 0,
      decisions: 0,
      missed: 0,
      leftOut: 0,
    })
    this.#splits = { train: open('train'), validation: open('validation'), test: open('test') }
  }

  /** Adds one decision. @param matrix rows × features, row-major @param labels by row */
  add(split: Split, matrix: Float32Array, labels: Float32Array): void {
    const files = this.#splits[split]
    const rows = this.#random.shuffle(Array.from(labels.keys()))
    writeSync(files.features, bytesOf(rowsOf(matrix, rows, this.#header.features.length)))
    writeSync(files.labels, bytesOf(rowsOf(labels, rows, 1)))
    writeSync(files.groups, bytesOf(Uint32Array.of(labels.length)))
    files.rows += labels.length
    files.decisions++
  }

  /** A decision whose positive is not among the candidates: left out of training, a miss in the figures. */
  miss(split: Split): void {
    this.#splits[split].missed++
  }

  /** Decisions of which all rows have one label: a ranking objective learns nothing from them. */
  leaveOut(split: Split, decisions: number): void {
    this.#splits[split].leftOut += decisions
  }

  finish(): Record<Split, SplitCounts> {
    const counts = (split: Split) => {
      const { features, labels, groups, rows, decisions, missed, leftOut } = this.#splits[split]
      for (const file of [features, labels, groups]) {
        fsyncSync(file)
        closeSync(file)
      }
      return { rows, decisions, missed, leftOut }
    }
    const splits = { train: counts('train'), validation: counts('validation'), test: counts('test') }
    const whole = join(this.#folder, DATASET_FILE)
    writeFileSync(`${whole}.unfinished`, JSON.stringify({ ...this.#header, splits }))
    renameSync(`${whole}.unfinished`, whole)
    return splits
  }
}

/** Returns rows of a row-major matrix, in the order of `rows`. @param width columns of the matrix */
export function rowsOf(matrix: Float32Array, rows: readonly number[], width: number): Float32Array {
  const picked = new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), at * width)
  })
  return picked
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
