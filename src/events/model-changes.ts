import type { ModelFolder } from '../ranking/model-folder.ts'
import {
  activate,
  decodeModels,
  encodeModels,
  MODELS,
  type ModelOnRecord,
  type ModelsOnRecord,
  register,
  retire,
  shadow,
} from '../ranking/model-record.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type SwapUploadParts, swapUpload } from './swap-upload.ts'

export interface ModelChangesParts extends SwapUploadParts {
  readonly models: ServedModels
  readonly folder: ModelFolder
}

/**
 * What becomes of models, on record for every process. Each change resolves when this process serves it; others follow by a signal.
 * Each throws NotFoundError, ModelContractError, or UnavailableError when the store does not answer; then nothing has changed.
 */
export class ModelChanges {
  readonly #parts: ModelChangesParts

  constructor(parts: ModelChangesParts) {
    this.#parts = parts
  }

  /** Reads a folder of MODEL_DIR. Of a model that is in use, the folder as it is now takes the place of what was read before. */
  async register(name: string): Promise<ModelOnRecord> {
    const { folder } = this.#parts
    const ranker = await folder.load(name)
    const { contract } = ranker
    await ranker.release()
    return this.#change(name, (record) => register(record, name, contract))
  }

  /** @param traffic share of the users, 0 to 1 @throws LiverankError BAD_USER_INPUT when others leave less */
  async activate(name: string, traffic: number): Promise<ModelOnRecord> {
    return this.#change(name, await this.#checked(name, (record) => activate(record, name, traffic)))
  }

  async shadow(name: string): Promise<ModelOnRecord> {
    return this.#change(name, await this.#checked(name, (record) => shadow(record, name)))
  }

  retire(name: string): Promise<ModelOnRecord> {
    return this.#change(name, (record) => retire(record, name))
  }

  /** A change to a model that must be there and sound, before it is on record that it is used. */
  async #checked(name: string, change: (record: ModelsOnRecord) => ModelsOnRecord): Promise<typeof change> {
    const { store, models, folder } = this.#parts
    const [held] = await store.readValues([MODELS])
    change(held ? decodeModels(held) : models.record)
    const ranker = await folder.load(name)
    await ranker.release()
    return change
  }

  async #change(name: string, change: (record: ModelsOnRecord) => ModelsOnRecord): Promise<ModelOnRecord> {
    const { models, clock, random } = this.#parts
    let changed: ModelsOnRecord | undefined
    await swapUpload(this.#parts, MODELS, (current) => {
      // With nothing on record what is served is what the settings say.
      const record = change(current ? decodeModels(current) : models.record)
      changed = record
      const value = encodeModels(record, random.stamp())
      return { value, at: clock.now(), upload: { ...record } as JsonObject, signal: String(record.revision) }
    })
    await models.follow(changed!)
    return changed!.models.find((model) => model.name === name)!
  }
}
