import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** Says what a training set holds. It is written last: a folder that has it has all of the set. */
export const DATASET_FILE = 'dataset.json'

/** What stands in it beside the counts. */
export interface DatasetHeader {
  readonly features: readonly string[]
  readonly label: 'next_item' | 'impressions'
  /** Whether the rows of a decision are to be put in order, or each row is to be told clicked from not clicked. */
  readonly objective: 'order' | 'clicks'
  /** By feature, whether the probability of a click may only rise (1) or only fall (-1) with it; empty where an order is learned. */
  readonly monotone: { readonly [feature: string]: 1 | -1 }
  /** The feature that holds the position at which an item was shown; null where none does. */
  readonly positionFeature: string | null
  readonly layoutVersion: number
  /** What the features were computed with. */
  readonly accumulators: unknown
  /** SHA-256 of the data, hex. */
  readonly dataHash: string
  readonly dataNames: readonly string[]
}

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

/** Writes a training set as it comes: nothing is kept in memory. The format is stated in training/dataset.py. */
export class DatasetWriter {
  readonly #folder: string
  readonly #header: DatasetHeader
  readonly #splits: Record<Split, SplitFiles>

  constructor(folder: string, header: DatasetHeader) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#header = header
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

  /** One decision. @param matrix rows × features, row-major @param labels by row */
  add(split: Split, matrix: Float32Array, labels: Float32Array): void {
    const files = this.#splits[split]
    writeSync(files.features, bytesOf(matrix))
    writeSync(files.labels, bytesOf(labels))
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

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
