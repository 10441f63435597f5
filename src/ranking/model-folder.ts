import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { NotFoundError } from '../errors.ts'
import type { KnownFeatures } from './model-contract.ts'
import { MODEL_FILE, OnnxRanker } from './onnx-ranker.ts'

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/

/** The directory with one folder per model. Nothing outside it is ever opened. */
export class ModelFolder {
  readonly #directory: string
  readonly #known: KnownFeatures

  /** @param known what the service can feed a model */
  constructor(directory: string, known: KnownFeatures) {
    this.#directory = directory
    this.#known = known
  }

  /**
   * @throws NotFoundError when there is no such model, or when its name or a link would lead out of the directory
   * @throws ModelContractError when its file is damaged, or when the service cannot feed it
   */
  async load(name: string): Promise<OnnxRanker> {
    if (!NAME.test(name)) {
      const shown = JSON.stringify(name.slice(0, 100))
      throw new NotFoundError(
        `${shown} is no name of a model: give the name of a folder in MODEL_DIR, of letters, digits, "_", "-" and ".", at most 100.`,
      )
    }
    const file = join(this.#directory, name, MODEL_FILE)
    const directory = await realpath(this.#directory).catch(() => undefined)
    const real = await realpath(file).catch(() => undefined)
    if (directory === undefined || real === undefined || !(await stat(real)).isFile()) {
      throw new NotFoundError(`There is no model ${name}: put a folder ${name} with a ${MODEL_FILE} into MODEL_DIR.`)
    }
    if (!real.startsWith(directory + sep)) {
      throw new NotFoundError(`The model ${name} is a link that leads out of MODEL_DIR: copy it there.`)
    }
    return OnnxRanker.load(join(this.#directory, name), this.#known)
  }
}
