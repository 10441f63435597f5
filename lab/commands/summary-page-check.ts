import type { PathCheck } from '../../src/commands/checked-paths.ts'
import { writableFile } from '../../src/commands/path-checks.ts'
import { chartPathOf } from '../verdicts/chart-path.ts'

/** Checks that a summary, and the chart beside it, can be written. */
export const summaryPage: PathCheck = async (path, given) => {
  await writableFile(path, given)
  await writableFile(chartPathOf(path), given)
}
