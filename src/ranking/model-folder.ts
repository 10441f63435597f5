import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { NotFoundError } from '../errors.ts'
import { PACKAGE_ROOT } from '../package-root.ts'
import { type KnownFeatures, MODEL_FILE } from './model-contract.ts'
import { OnnxRanker } from './onnx-ranker.ts'
import { readTrainingReport, type TrainingReport } from './training-report.ts'

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/

/** The models that come with the package. */
const SHIPPED = join(PACKAGE_ROOT, 'models')

/**
 * The directory with one folder per model. A model that the directory lacks is looked up among the models of the package. No other
 * folders are opened.
 */
export class ModelFolder {
  readonly #directory: string
  readonly #known: KnownFeatures

  /** @param known features that the service can compute */
  constructor(directory: string, known: KnownFeatures) {
    this.#directory = directory
    this.#known = known
  }

  /**
   * Loads a model.
   * @throws NotFoundError if the model does not exist, or if its name or a link leads out of the directory
   * @throws ModelContractError if its file is damaged, or if it needs features that the service lacks
   */
  async load(name: string): Promise<OnnxRanker> {
    return OnnxRanker.load(await this.#find(name), this.#known)
  }

  /** Reads what the training wrote about a model. @returns undefined if the model is gone, or the training wrote nothing that can be read */
  async trainingOf(name: string): Promise<TrainingReport | undefined> {
    const folder = await this.#find(name).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
    return folder === undefined ? undefined : readTrainingReport(folder)
  }

  /** @throws NotFoundError as `load` */
  async #find(name: string): Promise<string> {
    checkModelName(name)
    for (const folder of [this.#directory, SHIPPED]) {
      const found = await within(folder, name)
      if (found !== undefined) return found
    }
    throw new NotFoundError(
      `There is no model ${name}: upload it, or put a folder ${name} with a ${MODEL_FILE} into MODEL_DIR.`,
      'name',
    )
  }
}

/** @throws NotFoundError for a name that no model can have */
export function checkModelName(name: string): void {
  if (NAME.test(name)) return
  const shown = JSON.stringify(name.slice(0, 100))
  throw new NotFoundError(
    `Invalid model name ${shown}: a name has at most 100 letters, digits, "_", "-" and ".", and begins with a letter or digit.`,
    'name',
  )
}

/** The folder of a model; undefined where there is none. @throws NotFoundError when it is a link that leads out of the directory */
async function within(folder: string, name: string): Promise<string | undefined> {
  const directory = await realpath(folder).catch(() => undefined)
  const real = await realpath(join(folder, name, MODEL_FILE)).catch(() => undefined)
  if (directory === undefined || real === undefined || !(await stat(real)).isFile()) return undefined
  if (real.startsWith(directory + sep)) return join(folder, name)
  throw new NotFoundError(`The model ${name} is a link to a place outside MODEL_DIR: copy the folder into MODEL_DIR.`, 'name')
}
