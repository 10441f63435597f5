import { closeSync, openSync, readSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { WeightedItem } from '../../src/catalogue/neighbour-lists.ts'
import { highestRows } from '../../src/state/rank-order.ts'
import { Numbering } from '../numbering.ts'
import { Random } from '../random.ts'
import { byKind, type Kind, type MethodRanking } from './method-ranking.ts'
import { type RankedItems, ScoredItems } from './ranked-items.ts'
import type { SessionAsked } from './session-knn.ts'
import type { TuningLog } from './tuning-log.ts'

/** Rows on which the options are chosen, at most about this many. */
const MOST_ROWS = 800

const options = z.object({ lambda: z.number(), decay: z.number().nonnegative() })
const fitted = z.object({
  options: z.object({ all: options, new: options }),
  dropsLast: z.boolean(),
  chosen: z.array(z.int().nonnegative()),
})

/** Parameters of EASE: the penalty λ, and the actions in which the weight of an item of the session falls to 1/e; 0 for no fall. */
export type EaseOptions = z.infer<typeof options>

/** One item-item matrix on disk. It is read row by row, since it may have several hundred megabytes. */
class MatrixFile {
  readonly #file: number
  readonly #width: number
  readonly #row: Float32Array<ArrayBuffer>
  constructor(path: string, width: number) {
    this.#file = openSync(path, 'r')
    this.#width = width
    this.#row = new Float32Array(width)
  }

  /** Returns the sum of some rows, each times its weight. @param weights by number of the row */
  sum(weights: ReadonlyMap<number, number>): Float64Array {
    const sum = new Float64Array(this.#width)
    const row = this.#row
    for (const [number, weight] of weights) {
      readSync(this.#file, new Uint8Array(row.buffer), 0, row.byteLength, number * row.byteLength)
      for (let i = 0; i < row.length; i++) sum[i] += weight * row[i]
    }
    return sum
  }

  close(): void {
    closeSync(this.#file)
  }
}

/**
 * EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019), fitted once to the sessions before the test
 * period. The score of item j for a session is Σ_i w_i B_ij over the distinct items i of the session, where B is the item-item
 * matrix that `training/ease.py` computes. In the paper, w_i is 1. Here it may also be exp(−ago/decay), for the number of actions
 * since the latest one on i. EASE learns nothing in the test period, so it ranks alike in both settings.
 */
export class Ease {
  readonly options: Readonly<Record<Kind, EaseOptions>>
  /** Whether lists for all rows leave out the item that was acted on last. */
  readonly dropsLast: boolean
  readonly #itemIds: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #files: Readonly<Record<Kind, MatrixFile>>

  private constructor(folder: string, itemIds: readonly string[], { options, dropsLast }: z.infer<typeof fitted>) {
    this.options = options
    this.dropsLast = dropsLast
    this.#itemIds = itemIds
    this.#places = new Map(itemIds.map((itemId, place) => [itemId, place]))
    const file = (kind: Kind) => new MatrixFile(join(folder, `${kind}.f32`), itemIds.length)
    this.#files = { all: file('all'), new: file('new') }
  }

  /**
   * Fits the matrices to the sessions of a log.
   * @param folder for the matrices @param compute runs `training/ease.py` on that folder
   * @param given options for all rows; chosen on the validation rows of the log if absent
   * @throws LiverankError UNUSABLE_DATA if nothing can be fitted, PYTHON_ENVIRONMENT if Python fails
   */
  static async fit(
    log: TuningLog,
    folder: string,
    seed: number,
    compute: (folder: string) => Promise<void>,
    given?: EaseOptions,
  ): Promise<Ease> {
    const items = new Numbering<string>()
    const numberOf = (itemId: string) => items.of(itemId)
    const sessions = log.sessions('all').map((session) => session.map(numberOf))
    const earlier = log.sessions('before validation').map((session) => session.map(numberOf))
    const random = new Random(seed, 'rows of EASE')
    const rows: [number[], number, boolean][] = []
    for (const { session, next } of log.play(() => random.uniform() < MOST_ROWS / log.rows))
      rows.push([session.prefix.map(numberOf), numberOf(next.itemId), next.isNew])
    const plan = { items: items.names.length, sessions, earlier, rows, ...(given && { options: given }) }
    await writeFile(join(folder, 'sessions.json'), JSON.stringify(plan))
    await compute(folder)
    const result = fitted.parse(JSON.parse(await readFile(join(folder, 'ease.json'), 'utf8')))
    return new Ease(
      folder,
      result.chosen.map((number) => items.names[number]),
      result,
    )
  }

  /** Returns how EASE ranks for a session. A session without an item that it knows gets no items. */
  ranking({ prefix }: Pick<SessionAsked, 'prefix'>): MethodRanking {
    const { dropsLast } = this
    return byKind<Kind>({ all: 'all', new: 'new', dropsLast }, (kind) => this.#score(prefix, kind))
  }

  #score(prefix: readonly string[], kind: Kind): RankedItems {
    const { decay } = this.options[kind]
    const weights = new Map<number, number>()
    prefix.forEach((itemId, at) => {
      const place = this.#places.get(itemId)
      if (place !== undefined) weights.set(place, decay > 0 ? Math.exp(-(prefix.length - 1 - at) / decay) : 1)
    })
    const items = weights.size === 0 ? [] : [...this.#itemIds.keys()]
    return new ScoredItems(items, this.#files[kind].sum(weights), (item) => this.#itemIds[item])
  }

  /**
   * Yields each item with the items that it favours most: those with the highest B_ij above 0, from the matrix for items that are new
   * to a session. Items without such an item are left out.
   * @param most number of items at most
   */
  *neighbours(most: number): Generator<{ readonly itemId: string; readonly neighbours: readonly WeightedItem[] }> {
    for (const [place, itemId] of this.#itemIds.entries()) {
      const row = this.#files.new.sum(new Map([[place, 1]]))
      const places = highestRows(row, most, (a, b) => a - b).filter((of) => row[of] > 0)
      const neighbours = Array.from(places, (of) => ({ itemId: this.#itemIds[of], weight: row[of] }))
      if (neighbours.length > 0) yield { itemId, neighbours }
    }
  }

  close(): void {
    this.#files.all.close()
    this.#files.new.close()
  }
}
