import { closeSync, openSync, readSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Random } from '../random.ts'
import type { MethodRanking } from './method-ranking.ts'
import { ScoredItems } from './ranked-items.ts'
import type { SessionAsked } from './session-knn.ts'
import type { TuningLog } from './tuning-log.ts'

/** Rows on which lambda is chosen, at most about this many. */
const MOST_ROWS = 800

const fitted = z.object({
  lambdas: z.object({ all: z.number(), new: z.number() }),
  dropsLast: z.boolean(),
  chosen: z.array(z.int().nonnegative()),
})

/** One item-item matrix on disk. It is read row by row, since it may have several hundred megabytes. */
class MatrixFile {
  readonly #file: number
  readonly #width: number
  readonly #row: Float32Array<ArrayBuffer>
  /** The session that was asked about last: usually the next question is about the same one, some items later. */
  #last: { readonly key: string; readonly added: Set<number>; readonly scores: Float64Array } | undefined

  constructor(path: string, width: number) {
    this.#file = openSync(path, 'r')
    this.#width = width
    this.#row = new Float32Array(width)
  }

  /** Returns the sum of the rows of some items. The caller must not change it, nor keep it. @param items distinct */
  sums(key: string, items: readonly number[]): Float64Array {
    let last = this.#last
    const isLonger =
      last?.key === key && last.added.size <= items.length && items.slice(0, last.added.size).every((of) => last!.added.has(of))
    if (!last || !isLonger) last = { key, added: new Set(), scores: new Float64Array(this.#width) }
    this.#last = last
    for (const item of items) {
      if (last.added.has(item)) continue
      last.added.add(item)
      readSync(this.#file, new Uint8Array(this.#row.buffer), 0, this.#row.byteLength, item * this.#row.byteLength)
      for (let i = 0; i < this.#width; i++) last.scores[i] += this.#row[i]
    }
    return last.scores
  }

  close(): void {
    closeSync(this.#file)
  }
}

/**
 * EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019), fitted once to the sessions before the test
 * period. The score of item j for a session is Σ_i B_ij over the distinct items i of the session, where B is the item-item matrix
 * that `training/ease.py` computes. It learns nothing in the test period, so it ranks alike in both settings.
 */
export class Ease {
  readonly lambdas: { readonly all: number; readonly new: number }
  /** Whether lists for all rows leave out the item that was acted on last. */
  readonly dropsLast: boolean
  readonly #itemIds: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #files: { readonly all: MatrixFile; readonly new: MatrixFile }

  private constructor(folder: string, itemIds: readonly string[], { lambdas, dropsLast }: z.infer<typeof fitted>) {
    this.lambdas = lambdas
    this.dropsLast = dropsLast
    this.#itemIds = itemIds
    this.#places = new Map(itemIds.map((itemId, place) => [itemId, place]))
    const file = (kind: 'all' | 'new') => new MatrixFile(join(folder, `${kind}.f32`), itemIds.length)
    this.#files = { all: file('all'), new: file('new') }
  }

  /**
   * Fits the matrices to the sessions of a log, and chooses lambda on its validation rows.
   * @param folder an empty folder @param compute runs `training/ease.py` on that folder
   * @throws LiverankError UNUSABLE_DATA if nothing can be fitted, PYTHON_ENVIRONMENT if Python fails
   */
  static async fit(log: TuningLog, folder: string, seed: number, compute: (folder: string) => Promise<void>): Promise<Ease> {
    const numbers = new Map<string, number>()
    const numberOf = (itemId: string) => {
      const number = numbers.get(itemId) ?? numbers.size
      numbers.set(itemId, number)
      return number
    }
    const sessions = log.sessions('all').map((items) => items.map(numberOf))
    const earlier = log.sessions('before validation').map((items) => items.map(numberOf))
    const random = new Random(seed, 'rows of EASE')
    const rows: [number[], number, boolean][] = []
    for (const { session, next } of log.play(() => random.uniform() < MOST_ROWS / log.rows))
      rows.push([session.prefix.map(numberOf), numberOf(next.itemId), next.isNew])
    await writeFile(join(folder, 'sessions.json'), JSON.stringify({ items: numbers.size, sessions, earlier, rows }))
    await compute(folder)
    const result = fitted.parse(JSON.parse(await readFile(join(folder, 'ease.json'), 'utf8')))
    const itemIds = [...numbers.keys()]
    return new Ease(
      folder,
      result.chosen.map((number) => itemIds[number]),
      result,
    )
  }

  /** Returns how EASE ranks for a session. A session without an item that it knows gets no items. */
  ranking({ key, prefix }: SessionAsked): MethodRanking {
    const items = [...new Set(prefix.flatMap((itemId) => this.#places.get(itemId) ?? []))]
    const all = items.length === 0 ? [] : [...this.#itemIds.keys()]
    return {
      of: (rowSet) => {
        const file = rowSet === 'new' || rowSet === 'newToUser' ? this.#files.new : this.#files.all
        return new ScoredItems(all, file.sums(key, items), (item) => this.#itemIds[item])
      },
      dropsLast: this.dropsLast,
    }
  }

  close(): void {
    this.#files.all.close()
    this.#files.new.close()
  }
}
