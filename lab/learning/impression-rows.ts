import type { Feature } from '../../src/accumulators/accumulator.ts'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { type DatasetWriter, rowsOf } from './dataset-writer.ts'
import { positionsOf } from './given-features.ts'
import type { OtherRankings } from './other-rankings.ts'
import { PlayProgress } from './play-progress.ts'
import type { SlateSample } from './slate-sample.ts'
import type { TrainingLog } from './training-log.ts'

/** A log whose label is what came of impressions, with the slates that are its decisions. */
export interface ShownSlates {
  readonly data: TrainingLog
  readonly byDecision: SlateSample['byDecision']
  /** Number of events that are used, from the beginning. */
  readonly until: number
}

/**
 * Writes the decisions of a log whose label is what came of impressions.
 * @param rankings to compare a model with
 * @param positioned whether the last column is the position
 * @param log gets lines of progress
 */
export async function writeImpressions(
  writer: DatasetWriter,
  { data, byDecision, until }: ShownSlates,
  features: readonly Feature[],
  rankings: OtherRankings,
  positioned: boolean,
  log: (line: string) => void,
): Promise<void> {
  const progress = new PlayProgress(until, log)
  writer.beginLog()
  await data.playShown(byDecision, until, async ({ number, decision }, request, { recommender }) => {
    const slate = byDecision.get(decision)!
    const { split, items, at } = slate
    const itemIds = items.map(({ itemId }) => itemId)
    const { gathered, input } = await recommender.candidates(request, itemIds)
    const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
    const rows = itemIds.map((itemId) => rowOf.get(itemId)!)
    const matrix = rowsOf(featureMatrix(features, input), rows, features.length)
    const positions = positionsOf(slate, data.givenOrder)
    const grades = Float32Array.from(items, ({ grade }) => grade)
    const chosen = positioned ? withColumn(matrix, positions, features.length) : matrix
    // Of all candidates, so that places are those of serving.
    const scores = split === 'validation' ? rowsOf(await rankings.of(input), rows, rankings.names.length) : undefined
    const ranked = scores && { scores, inSession: new Uint8Array(rows.length) }
    writer.add(split, { at, userId: request.userId, kind: 'shown' }, chosen, grades, ranked)
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
