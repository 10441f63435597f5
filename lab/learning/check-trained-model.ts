import { join } from 'node:path'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { knownFeatures } from '../../src/ranking/known-features.ts'
import { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { checkParity } from './model-parity.ts'

/**
 * Loads the model as the service would, and compares its scores with those of Python.
 * @param scores file with Python's scores of the test rows
 * @returns what the check found, as a line for people
 */
export async function checkTrainedModel(folder: string, dataset: string, scores: string, domain: Domain): Promise<string> {
  const ranker = await loadRanker(folder, domain)
  try {
    const { rows, service, walk } = await checkParity(ranker, join(dataset, 'test.features.f32'), scores)
    const upTo = (difference: number) => difference.toExponential(1)
    return `On ${rows} test rows, the service agrees with XGBoost to ${upTo(service)}, and the tree walk to ${upTo(walk)}`
  } finally {
    await ranker.release()
  }
}

/** Loads a model as the service would. */
export function loadRanker(folder: string, domain: Domain): Promise<OnnxRanker> {
  return OnnxRanker.load(folder, knownFeatures(new AccumulatorSet(domain.accumulators)))
}
