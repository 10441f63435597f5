import type { ModelFolder } from '../ranking/model-folder.ts'
import { activate, register, retire, shadow } from '../ranking/model-lifecycle.ts'
import { decodeModels, encodeModels, MODELS, type ModelOnRecord, type ModelsOnRecord } from '../ranking/model-record.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type SwapUploadParts, swapUpload } from './swap-upload.ts'

export interface ModelChangesParts extends SwapUploadParts {
  readonly models: ServedModels
  readonly folder: ModelFolder
}

/**
 * Changes the recorded state of models for all processes. A change resolves when this process serves it; other processes follow by
 * a signal. Each method throws NotFoundError or ModelContractError for an unusable model, and UnavailableError if the store does
 * not answer; nothing has changed then.
 */
export class ModelChanges {
  readonly #parts: ModelChangesParts

  constructor(parts: ModelChangesParts) {
    this.#parts = parts
  }

  /**
   * Registers a model by reading its folder in MODEL_DIR. If the model is in use, the current content of the folder replaces the
   * earlier one.
   */
  async register(name: string): Promise<ModelOnRecord> {
    const { folder } = this.#parts
    const ranker = await folder.load(name)
    const { contract } = ranker
    await ranker.release()
    return this.#change(name, (record) => register(record, name, contract))
  }

  /**
   * Gives a model a share of the users.
   * @param traffic share of the users, 0 to 1
   * @throws LiverankError BAD_USER_INPUT if other models leave less than this share
   */
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
