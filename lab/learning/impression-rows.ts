import type { Feature } from '../../src/accumulators/accumulator.ts'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import type { Recommender } from '../../src/slate/recommender.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { type DatasetWriter, isRanked, type Part, rowsOf } from './dataset-writer.ts'
import { positionsOf } from './given-features.ts'
import type { OtherRankings } from './other-rankings.ts'
import { PlayProgress } from './play-progress.ts'
import type { SlateSample, SplitSlate } from './slate-sample.ts'
import { validationFrom } from './splitter.ts'
import type { TrainingLog } from './training-log.ts'

/** A log whose label is what came of impressions, with the slates that are its decisions. */
export interface ShownSlates {
  readonly data: TrainingLog
  readonly byDecision: SlateSample['byDecision']
  /** Number of events that are used, from the beginning. */
  readonly until: number
}

/** The columns of a training set: features, and last the position if `positioned`. */
interface Columns {
  readonly features: readonly Feature[]
  readonly positioned: boolean
}

/**
 * Writes the decisions of a log whose label is what came of impressions.
 * @param rankings to compare a model with
 * @param log gets lines of progress
 */
export async function writeImpressions(
  writer: DatasetWriter,
  { data, byDecision, until }: ShownSlates,
  { features, positioned }: Columns,
  rankings: OtherRankings,
  log: (line: string) => void,
): Promise<void> {
  const progress = new PlayProgress(until, log)
  writer.beginLog()
  const write = async (part: Part, slate: SplitSlate, request: SlateRequest, recommender: Recommender) => {
    const { items, at } = slate
    const itemIds = items.map(({ itemId }) => itemId)
    const set = await recommender.candidates(request, itemIds)
    const { gathered, input } = set
    const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
    const rows = itemIds.map((itemId) => rowOf.get(itemId)!)
    const matrix = rowsOf(featureMatrix(features, input), rows, features.length)
    const positions = positionsOf(slate, data.givenOrder)
    const grades = Float32Array.from(items, ({ grade }) => grade)
    const chosen = positioned ? withColumn(matrix, positions, features.length) : matrix
    // Of all candidates, so that places are those of serving.
    const scores = isRanked(part) ? rowsOf(await rankings.of(set), rows, rankings.names.length) : undefined
    const ranked = scores && { scores, inSession: new Uint8Array(rows.length) }
    writer.add(part, { at, userId: request.userId, kind: 'shown' }, chosen, grades, ranked)
  }
  const part = { until, frozenFrom: validationFrom(until) }
  await data.playShown(byDecision, part, async ({ number, decision }, request, { recommender, frozen }) => {
    const slate = byDecision.get(decision)!
    await write(slate.split, slate, request, recommender)
    if (slate.split === 'validation' && frozen) await write('static', slate, request, frozen)
    progress.decided(number)
  })
  progress.end()
}

/** The matrix with one column more, NaN where it has no value. */
function withColumn(matrix: Float32Array, column: readonly (number | undefined)[], width: number): Float32Array {
  const wider = new Float32Array(column.length * (width + 1))
  column.forEach((value, row) => {
    wider.set(matrix.subarray(row * width, (row + 1) * width), row * (width + 1))
    wider[row * (width + 1) + width] = value ?? Number.NaN
  })
  return wider
}
