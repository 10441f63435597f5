import { join } from 'node:path'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import type { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { loadRanker } from './check-trained-model.ts'
import type { TrainingLog } from './training-log.ts'

/** Folder of the model that comes with the package. */
export const SHIPPED = join(PACKAGE_ROOT, 'models/default')

/** Whether a model learned from these files. */
export async function hasLearnedFrom({ contract }: OnnxRanker, log: Pick<TrainingLog, 'hash'>): Promise<boolean> {
  return contract.dataHash.split('+').includes(await log.hash())
}

/**
 * Loads the model that comes with the package, to compare a trained one with. Release the ranker after use.
 * @returns undefined if the domain lacks one of its features, or if it learned from one of the logs: it would know what it is judged on
 */
export async function loadShippedModel(domain: Domain, logs: readonly TrainingLog[]): Promise<OnnxRanker | undefined> {
  try {
    const ranker = await loadRanker(SHIPPED, domain)
    for (const log of logs) {
      if (!(await hasLearnedFrom(ranker, log))) continue
      await ranker.release()
      return undefined
    }
    return ranker
  } catch (error) {
    if (error instanceof LiverankError) return undefined
    throw error
  }
}
