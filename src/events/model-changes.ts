import { isDeepStrictEqual } from 'node:util'
import type { ModelFiles } from '../ranking/model-files.ts'
import { activate, register, retire, shadow } from '../ranking/model-lifecycle.ts'
import { decodeModels, encodeModels, MODELS, type ModelOnRecord, type ModelsOnRecord } from '../ranking/model-record.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { JsonObject } from '../state/user-value.ts'
import type { ModelUploads } from './model-uploads.ts'
import { type SwapUploadParts, swapUpload } from './swap.ts'

export interface ModelChangesParts extends SwapUploadParts {
  readonly models: ServedModels
  readonly files: ModelFiles
  readonly uploads: ModelUploads
}

/** A model before and after a change; before is undefined if it was not on record. */
export interface ChangedModel {
  readonly before: ModelOnRecord | undefined
  readonly after: ModelOnRecord
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
   * Registers a model by reading its uploaded file, or, without one, its folder in MODEL_DIR. If the model is in use, what is read now
   * replaces what was read before.
   */
  async register(name: string): Promise<ChangedModel> {
    const { files, uploads } = this.#parts
    const upload = await uploads.latest(name)
    const ranker = await files.load({ name, ...(upload && { files: upload.files }) })
    const { contract } = ranker
    await ranker.release()
    if (upload) {
      const { models } = await this.#recorded()
      await uploads.keep(upload, (other) =>
        models.some((model) => model.name === other.name && isDeepStrictEqual(model.files, other.files)),
      )
    }
    const changed = await this.#change(name, (record) => register(record, name, contract, upload?.files))
    await this.#releaseFiles(changed)
    return changed
  }

  /**
   * Gives a model a share of the users.
   * @param traffic share of the users, 0 to 1
   * @throws InvalidInputError if other models leave less than this share
   */
  async activate(name: string, traffic: number): Promise<ChangedModel> {
    return this.#change(name, await this.#checked(name, (record) => activate(record, name, traffic)))
  }

  async shadow(name: string): Promise<ChangedModel> {
    return this.#change(name, await this.#checked(name, (record) => shadow(record, name)))
  }

  /** Retires a model. The store gives up its uploaded file: to use the model again, upload and register it. */
  async retire(name: string): Promise<ChangedModel> {
    const changed = await this.#change(name, (record) => retire(record, name))
    await this.#releaseFiles(changed)
    return changed
  }

  async #releaseFiles({ before, after }: ChangedModel): Promise<void> {
    const isUsed = after.standing.status !== 'RETIRED' && isDeepStrictEqual(before?.files, after.files)
    if (before?.files && !isUsed) await this.#parts.uploads.release(before.name, before.files)
  }

  /** With nothing on record what is served is what the settings say. */
  async #recorded(): Promise<ModelsOnRecord> {
    const [held] = await this.#parts.store.readValues([MODELS])
    return held ? decodeModels(held) : this.#parts.models.record
  }

  /** A change to a model that must be there and sound, before it is on record that it is used. */
  async #checked(name: string, change: (record: ModelsOnRecord) => ModelsOnRecord): Promise<typeof change> {
    const { models } = change(await this.#recorded())
    const ranker = await this.#parts.files.load(models.find((model) => model.name === name)!)
    await ranker.release()
    return change
  }

  async #change(name: string, change: (record: ModelsOnRecord) => ModelsOnRecord): Promise<ChangedModel> {
    const { models, clock, random } = this.#parts
    let before: ModelsOnRecord | undefined
    let after: ModelsOnRecord | undefined
    await swapUpload(this.#parts, MODELS, (current) => {
      before = current ? decodeModels(current) : models.record
      after = change(before)
      const value = encodeModels(after, random.stamp())
      return { value, at: clock.now(), upload: { ...after } as JsonObject, signal: String(after.revision) }
    })
    await models.follow(after!)
    const named = (record: ModelsOnRecord) => record.models.find((model) => model.name === name)
    return { before: named(before!), after: named(after!)! }
  }
}
