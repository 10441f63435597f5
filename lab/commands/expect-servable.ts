import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { InvalidInputError, LiverankError } from '../../src/errors.ts'
import { knownFeatures } from '../../src/ranking/known-features.ts'
import { ModelFolder } from '../../src/ranking/model-folder.ts'
import type { OnnxRanker } from '../../src/ranking/onnx-ranker.ts'
import { loadRanker } from '../learning/check-trained-model.ts'

/**
 * Loads models as the service would, so that a command refuses them before it does anything slow.
 * @param option that names the models, for messages
 * @throws InvalidInputError naming the option and the first folder without a model that the service can use
 */
export async function expectServable(option: string, folders: readonly string[], domain: Domain): Promise<void> {
  for (const folder of folders) await expectLoaded(`${option} ${folder}`, () => loadRanker(folder, domain))
}

/** As `expectServable`, for a model by its name in `directory`, or among the models of the package. */
export async function expectServableByName(option: string, name: string, directory: string, domain: Domain): Promise<void> {
  const models = new ModelFolder(directory, knownFeatures(new AccumulatorSet(domain.accumulators)))
  await expectLoaded(`${option} ${name}`, () => models.load(name))
}

async function expectLoaded(given: string, load: () => Promise<OnnxRanker>): Promise<void> {
  try {
    const ranker = await load()
    await ranker.release()
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
    throw new InvalidInputError(`${given}: ${error.message}`)
  }
}
