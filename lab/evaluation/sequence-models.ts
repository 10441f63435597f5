import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type MethodRanking, sameForAll } from './method-ranking.ts'
import { ListedItems, type RankedItems, ScoredItems } from './ranked-items.ts'
import type { SequenceLog } from './sequence-log.ts'
import type { Setting } from './setting.ts'
import type { Parameters } from './tunable-method.ts'

/** Names of the models that read a session as a sequence. */
export const SEQUENCE_MODEL_NAMES = ['gru4rec', 'sasrec'] as const
export type SequenceModelName = (typeof SEQUENCE_MODEL_NAMES)[number]

const chosen = z.object({ options: z.record(z.string(), z.union([z.string(), z.number()])), dropsLast: z.boolean() })

/** What was chosen for a model on validation rows, and what it was fitted to at each cut. */
interface FittedModel {
  readonly options: Parameters
  /** Whether lists for all rows leave out the item that was acted on last. */
  readonly dropsLast: boolean
  readonly cuts: readonly CutVectors[]
}

/** Vectors of the items that are known at a cut, and of the sessions at the rows after it. Their product is the score of the item. */
class CutVectors {
  readonly #vectors: Float32Array
  readonly #width: number
  readonly #items: Int32Array

  /** @param vectors of the items, then of the rows @param items number of items @param rows number of rows */
  constructor(vectors: Float32Array, items: number, rows: number) {
    this.#vectors = vectors
    this.#width = vectors.length / (items + rows)
    this.#items = Int32Array.from({ length: items }, (_, item) => item)
  }

  /** Scores all items. A session without an item that was known gets no items. @param row number of the row among those after the cut */
  score(row: number, itemIds: readonly string[]): RankedItems {
    const vectors = this.#vectors
    const width = this.#width
    const start = (this.#items.length + row) * width
    if (Number.isNaN(vectors[start])) return new ListedItems([])
    const scores = new Float64Array(this.#items.length)
    for (let item = 0; item < scores.length; item++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += vectors[item * width + i] * vectors[start + i]
      scores[item] = sum
    }
    return new ScoredItems(this.#items, scores, (item) => itemIds[item])
  }
}

/**
 * GRU4Rec (Hidasi and Karatzoglou, "Recurrent neural networks with top-k gains for session-based recommendations", CIKM 2018) and
 * SASRec (Kang and McAuley, "Self-attentive sequential recommendation", ICDM 2018), which `training/sequences` fits. In the static
 * setting, they are fitted once, to the actions before the test period. In the prequential setting, they are fitted anew in the
 * middle of the test period. At each row, they read the latest 50 actions of the session so far.
 */
export class SequenceModels {
  readonly models: ReadonlyMap<SequenceModelName, FittedModel>
  readonly #log: SequenceLog
  /** For each cut, how many judged rows are before it. */
  readonly #before: readonly number[]
  /** The place of each judged row among them all, by number of its event. */
  readonly #places: ReadonlyMap<number, number>

  private constructor(log: SequenceLog, models: ReadonlyMap<SequenceModelName, FittedModel>, before: readonly number[]) {
    this.models = models
    this.#log = log
    this.#before = before
    this.#places = new Map([...log.asked.keys()].map((event, place) => [event, place]))
  }

  /**
   * Fits the models to a log.
   * @param folder for vectors @param compute runs `training/sequences` on that folder
   * @throws LiverankError UNUSABLE_DATA if no session before the test period has two actions, PYTHON_ENVIRONMENT if Python fails
   */
  static async fit(
    log: SequenceLog,
    folder: string,
    seed: number,
    compute: (folder: string) => Promise<void>,
  ): Promise<SequenceModels> {
    const { sessions, items, earlier, validation, cuts, asked } = log
    const plan = {
      sessions,
      items,
      earlier,
      validation,
      cuts: cuts.map(({ actions }) => actions),
      asked: [...asked.values()],
      seed,
    }
    await writeFile(join(folder, 'sequences.json'), JSON.stringify(plan))
    await compute(folder)
    const before = rowsBeforeCuts(log)
    const models = new Map<SequenceModelName, FittedModel>()
    for (const name of SEQUENCE_MODEL_NAMES) models.set(name, await readModel(log, before, folder, name))
    return new SequenceModels(log, models, before)
  }

  /**
   * Returns how each model ranks at a row.
   * @param event number of the event of the row, which is one of `asked`; undefined before the first action of a session, where
   *   the models rank nothing
   */
  rankings(setting: Setting, event: number | undefined): [SequenceModelName, MethodRanking][] {
    const row = event === undefined ? undefined : this.#places.get(event)
    if (event !== undefined && row === undefined) throw new Error(`The models were not fitted for a row at event ${event}.`)
    return [...this.models].map(([name, { cuts, dropsLast }]) => {
      if (row === undefined) return [name, sameForAll(new ListedItems([]))]
      const cut = setting === 'static' ? 0 : this.#before.findLastIndex((before) => before <= row)
      const scored = cuts[cut].score(cut === 0 ? row : row - this.#before[cut], this.#log.itemIds)
      return [name, { ...sameForAll(scored), dropsLast }]
    })
  }
}

function rowsBeforeCuts({ cuts, asked }: SequenceLog): number[] {
  const rows = [...asked.values()]
  return cuts.map(({ actions }) => rows.filter((action) => action < actions).length)
}

async function readModel(
  log: SequenceLog,
  before: readonly number[],
  folder: string,
  name: SequenceModelName,
): Promise<FittedModel> {
  const { options, dropsLast } = chosen.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')))
  const cuts = await Promise.all(
    log.cuts.map(async ({ items }, cut) => {
      const bytes = await readFile(join(folder, `${name}-${cut}.f32`))
      const rows = cut === 0 ? log.asked.size : (before[cut + 1] ?? log.asked.size) - before[cut]
      return new CutVectors(new Float32Array(Uint8Array.from(bytes).buffer), items, rows)
    }),
  )
  return { options, dropsLast, cuts }
}
