import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Numbering } from '../numbering.ts'
import type { Random } from '../random.ts'

/** Parts of a training set, in the order of time: to fit the model, to choose when to stop, and to judge the result. */
export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/**
 * Parts of a training set that have files: the splits, and `static`, the decisions of the validation split on the state at its start.
 */
export type Part = Split | 'static'

/** Returns whether the rows of a part are ranked in other ways too. */
export function isRanked(part: Part): boolean {
  return part === 'validation' || part === 'static'
}

/** Name of the file that describes a training set. It is written last: a folder with this file has the whole set. */
export const DATASET_FILE = 'dataset.json'

/**
 * Kinds of decisions: `again`, the next item is one of the session; `new`, it is not; `opening`, it is the first of the session;
 * `shown`, a slate that a user saw. The file of decisions has the index of the kind.
 */
export const KINDS = ['again', 'new', 'opening', 'shown'] as const
export type DecisionKind = (typeof KINDS)[number]

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
  /** Names of the rankings that a model is compared with: the columns of their files. */
  readonly rankings: readonly string[]
  /** How far a label looks ahead, in ms. */
  readonly gap: number
  readonly layoutVersion: number
  /** Parameters of the accumulators that computed the features. */
  readonly accumulators: unknown
  /** SHA-256 of the data, hex. */
  readonly dataHash: string
  readonly dataNames: readonly string[]
}

/**
 * Contents of one split. `missed` counts decisions whose next item was not among the candidates, `missedByKind` the same by their
 * kind. `leftOut` counts slates without any order to learn. `logs` has the number of decisions of each log: they are in the file
 * one log after the other, each in its order.
 */
export interface SplitCounts {
  readonly rows: number
  readonly decisions: number
  readonly missed: number
  readonly missedByKind: { readonly [kind in DecisionKind]: number }
  readonly leftOut: number
  readonly logs: readonly number[]
}

/** A decision, besides its rows. */
export interface Decision {
  /** Time, in ms. */
  readonly at: number
  readonly userId: string
  readonly kind: DecisionKind
}

/** What is known of the rows of a decision, to compare a model with other rankings. */
export interface RankedRows {
  /** Scores of the other rankings, row-major, rows × rankings; NaN where a ranking does not place the item. */
  readonly scores: Float32Array
  /** By row, 1 if the session has acted on the item. */
  readonly inSession: Uint8Array
}

/** Files of a part, and what was written to them. */
interface PartFiles {
  readonly features: number
  readonly labels: number
  readonly groups: number
  readonly decided: number
  /** Undefined where the rows are not ranked in other ways. */
  readonly ranked: { readonly scores: number; readonly inSession: number } | undefined
  readonly logs: number[]
  readonly missed: Record<DecisionKind, number>
  rows: number
  decisions: number
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
  readonly #parts: Record<Part, PartFiles>
  readonly #users = new Numbering<string>()
  #log = -1

  /** @param random draws the order of the rows */
  constructor(folder: string, header: DatasetHeader, random: Random) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#header = header
    this.#random = random
    const file = (name: string) => openSync(join(folder, name), 'w')
    const open = (part: Part): PartFiles => ({
      features: file(`${part}.features.f32`),
      labels: file(`${part}.labels.f32`),
      groups: file(`${part}.groups.u32`),
      decided: file(`${part}.decisions.f64`),
      ranked: isRanked(part) ? { scores: file(`${part}.rankings.f32`), inSession: file(`${part}.in_session.u8`) } : undefined,
      logs: [],
      missed: { again: 0, new: 0, opening: 0, shown: 0 },
      rows: 0,
      decisions: 0,
      leftOut: 0,
    })
    this.#parts = { train: open('train'), validation: open('validation'), test: open('test'), static: open('static') }
  }

  /** Begins the next log. Its users are not those of another log. Call it before the decisions of each log. */
  beginLog(): void {
    this.#log++
    for (const { logs } of Object.values(this.#parts)) logs.push(0)
  }

  /**
   * Adds one decision.
   * @param matrix rows × features, row-major
   * @param labels by row
   * @param ranked of the rows, where the part is ranked in other ways too
   */
  add(part: Part, decision: Decision, matrix: Float32Array, labels: Float32Array, ranked?: RankedRows): void {
    const files = this.#parts[part]
    const rows = this.#random.shuffle(Array.from(labels.keys()))
    writeSync(files.features, bytesOf(rowsOf(matrix, rows, this.#header.features.length)))
    writeSync(files.labels, bytesOf(rowsOf(labels, rows, 1)))
    writeSync(files.groups, bytesOf(Uint32Array.of(labels.length)))
    const user = this.#users.of(`${this.#log}\0${decision.userId}`)
    writeSync(files.decided, bytesOf(Float64Array.of(decision.at, user, KINDS.indexOf(decision.kind))))
    files.rows += labels.length
    files.decisions++
    files.logs[this.#log]++
    if (!files.ranked || !ranked) return
    writeSync(files.ranked.scores, bytesOf(rowsOf(ranked.scores, rows, this.#header.rankings.length)))
    writeSync(
      files.ranked.inSession,
      Uint8Array.from(rows, (row) => ranked.inSession[row]),
    )
  }

  /** A decision whose positive is not among the candidates: left out of training, a miss in the figures. */
  miss(part: Part, kind: DecisionKind): void {
    this.#parts[part].missed[kind]++
  }

  /** Decisions of which all rows have one label: a ranking objective learns nothing from them. */
  leaveOut(split: Split, decisions: number): void {
    this.#parts[split].leftOut += decisions
  }

  finish(): Record<Split, SplitCounts> {
    const counts = (part: Part): SplitCounts => {
      const {
        features,
        labels,
        groups,
        decided,
        ranked,
        rows,
        decisions,
        missed: missedByKind,
        leftOut,
        logs,
      } = this.#parts[part]
      for (const file of [features, labels, groups, decided, ...Object.values(ranked ?? {})]) {
        fsyncSync(file)
        closeSync(file)
      }
      const missed = KINDS.reduce((sum, kind) => sum + missedByKind[kind], 0)
      return { rows, decisions, missed, missedByKind, leftOut, logs }
    }
    const splits = { train: counts('train'), validation: counts('validation'), test: counts('test') }
    const whole = join(this.#folder, DATASET_FILE)
    writeFileSync(`${whole}.unfinished`, JSON.stringify({ ...this.#header, splits, static: counts('static') }))
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

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
