import { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Domain } from '../domain/domain.ts'
import { knownFeatures } from '../ranking/known-features.ts'
import { ModelFolder } from '../ranking/model-folder.ts'
import type { Config } from '../service/config.ts'
import { type Finding, ok, problem, problemOf } from './finding.ts'

/** Checks that the configured model loads, and that the domain has all its features. */
export async function examineModel({ MODEL, MODEL_DIR }: Config, domain: Domain): Promise<Finding[]> {
  if (MODEL === '') return [ok('model', 'MODEL is empty: a fixed formula ranks slates, without a model.')]
  const known = knownFeatures(new AccumulatorSet(domain.accumulators))
  try {
    const model = await new ModelFolder(MODEL_DIR, known).load(MODEL)
    try {
      const { trainedAt } = model.contract
      return [
        ok(
          'model',
          `${MODEL} loads, and the domain has its ${model.features.length} features (trained ${trainedAt.slice(0, 10)}).`,
        ),
      ]
    } finally {
      await model.release()
    }
  } catch (error) {
    const { message } = problemOf('model', error)
    const advice = message.includes('MODEL=')
      ? undefined
      : 'Set MODEL to an existing model, or MODEL= (empty) to rank without a model.'
    return [problem('model', message, advice)]
  }
}
