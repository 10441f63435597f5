import { type Domain, meaningOf } from '../../src/domain/domain.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { NextItems } from '../learning/next-items.ts'
import { Random } from '../random.ts'
import { byScore } from './next-item-baselines.ts'
import { PLACES } from './row-table.ts'
import { LoggedSessions } from './sessions.ts'
import type { TestPeriod } from './test-period.ts'
import { STANDARD_VS_KNN, VsKnn, type VsKnnOptions } from './vs-knn.ts'

/** Of what comes before the test period, the last part is there to validate on. */
const VALIDATION_FROM = 0.8
const MOST_ROWS = 3000

const GRID: readonly VsKnnOptions[] = [100, 200, 500].flatMap((k) =>
  (['linear', 'quadratic'] as const).flatMap((weighting) =>
    (['dot', 'cosine'] as const).map((similarity) => ({ ...STANDARD_VS_KNN, k, weighting, similarity })),
  ),
)

/**
 * Returns the options with the highest MRR@20 on rows new to the session, before the test period. Of equal options, the first of
 * the grid is taken.
 */
export async function tuneVsKnn(
  data: DataFolder,
  domain: Domain,
  next: NextItems,
  period: TestPeriod,
  seed: number,
): Promise<VsKnnOptions> {
  const from = Math.floor(period.before * VALIDATION_FROM)
  let rows = 0
  for (const [number, { isNew }] of next.byEvent) if (isNew && number >= from && number < period.before) rows++
  if (rows === 0) return STANDARD_VS_KNN
  const random = new Random(seed, 'tuning')
  const knn = new VsKnn()
  const sessions = new LoggedSessions(period)
  const reciprocal = new Float64Array(GRID.length)
  let number = 0
  for await (const event of data.events(noProblems())) {
    if (number >= period.before) break
    const at = number++
    const { itemId } = event
    const { role } = meaningOf(domain, event.eventType)
    if (itemId == null || role === 'impression' || role === 'uncart') continue
    const session = sessions.act({ ...event, itemId })
    knn.learn(session.key, itemId)
    const row = next.byEvent.get(at)
    if (!row) {
      sessions.end(session)
      knn.end(session.key)
    } else if (row.isNew && at >= from && random.uniform() < MOST_ROWS / rows) {
      GRID.forEach((options, i) => {
        const list = byScore(knn.scores(session.key, session.prefix, options)).filter(
          (candidate) => !session.items.has(candidate),
        )
        const rank = list.indexOf(row.itemId) + 1
        if (rank > 0 && rank <= PLACES) reciprocal[i] += 1 / rank
      })
    }
  }
  return GRID[reciprocal.indexOf(Math.max(...reciprocal))]
}
