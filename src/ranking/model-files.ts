import { NotFoundError } from '../errors.ts'
import type { StateStore } from '../state/store.ts'
import type { KnownFeatures } from './model-contract.ts'
import type { ModelFolder } from './model-folder.ts'
import type { ModelOnRecord } from './model-record.ts'
import { OnnxRanker } from './onnx-ranker.ts'
import type { TrainingReport } from './training-report.ts'
import { readUploaded, readUploadedReport } from './uploaded-model.ts'

/** A model, and where its file is: in the store if it has `files`, else in a folder. */
export type ModelSource = Pick<ModelOnRecord, 'name' | 'files'>

/** The files of models: those in folders, and those that were uploaded into the store. */
export class ModelFiles {
  readonly #folder: ModelFolder
  readonly #store: Pick<StateStore, 'readValues'>
  readonly #known: KnownFeatures

  /** @param known features that the service can compute */
  constructor(folder: ModelFolder, store: Pick<StateStore, 'readValues'>, known: KnownFeatures) {
    this.#folder = folder
    this.#store = store
    this.#known = known
  }

  /**
   * Loads a model.
   * @throws NotFoundError if its folder does not exist or leads out of the directory, or if a part of an uploaded file is missing
   * @throws ModelContractError if its file is damaged, or if it needs features that the service lacks
   */
  async load({ name, files }: ModelSource): Promise<OnnxRanker> {
    if (!files) return this.#folder.load(name)
    return OnnxRanker.of({ name, ...(await readUploaded(this.#store, name, files)) }, this.#known)
  }

  /** Reads what the training wrote about a model. @returns undefined if the model is gone, or the training wrote nothing that can be read */
  async trainingOf({ name, files }: ModelSource): Promise<TrainingReport | undefined> {
    if (!files) return this.#folder.trainingOf(name)
    return readUploadedReport(this.#store, name, files).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
  }
}
