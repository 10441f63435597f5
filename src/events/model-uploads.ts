import { isDeepStrictEqual } from 'node:util'
import { InvalidInputError, UnavailableError } from '../errors.ts'
import { checkModelName } from '../ranking/model-folder.ts'
import {
  decodeModelPart,
  decodeModelUploads,
  encodeModelPart,
  encodeModelUploads,
  MODEL_UPLOADS,
  type ModelUpload,
  type ModelUploadsRecord,
  modelPart,
  modelPartsGivenUp,
  PART_BYTES,
  partForLog,
  partsOf,
  UPLOADED_FILES,
  type UploadedFileName,
  type UploadedFiles,
} from '../ranking/uploaded-model.ts'
import { MINUTE } from '../time-units.ts'
import { type SwapUploadParts, swapUpload } from './swap.ts'

/** Most models of which parts can arrive at the same time. The start of another one gives up the oldest. */
const MAX_ARRIVING = 3
/** Most parts of all registered models: 256 MB. */
const MAX_REGISTERED_PARTS = 512
/** Time in ms after which an upload that is kept, but not on record, was left behind: before, its process may still write the record. */
const ORPHANED_AFTER = 10 * MINUTE

const SHA256 = /^[0-9a-f]{64}$/

/** A part of a file of a model. */
export interface ModelPartInput {
  /** Name of the model. */
  readonly name: string
  readonly file: UploadedFileName
  /** Number of the part, from 0. */
  readonly part: number
  /** Number of all parts of the file. */
  readonly parts: number
  /** SHA-256 of the whole file, in hex. */
  readonly sha256: string
  readonly content: Uint8Array
}

/**
 * Uploads of models into the store. The files of a model are uploaded part by part. Their parts are named by the hash of the whole file, so
 * parts of two files never mix. A model is used once it is registered.
 */
export class ModelUploads {
  readonly #parts: SwapUploadParts

  constructor(parts: SwapUploadParts) {
    this.#parts = parts
  }

  /**
   * Stores one part of a file. Nothing uses it yet. The same part can be sent again.
   * @throws InvalidInputError for a wrong name, hash, number or size
   */
  async upload({ name, file, part, parts, sha256, content }: ModelPartInput): Promise<void> {
    checkPart({ name, file, part, parts, sha256, content })
    await this.#change((record) => arriving(record, { name, file, sha256, parts }))
    const { random, clock } = this.#parts
    const subject = modelPart(file, { sha256 }, part)
    await swapUpload(this.#parts, { kind: 'models', id: subject.id }, (current) => {
      if (current !== undefined && Buffer.from(decodeModelPart(current)).equals(content)) return undefined
      const value = encodeModelPart(content, random.stamp())
      return { value, at: clock.now(), upload: partForLog(content), signal: undefined }
    })
  }

  /** Returns the latest upload of a model, also if parts are still missing; undefined if there is none. */
  async latest(name: string): Promise<ModelUpload | undefined> {
    const [held] = await this.#parts.store.readValues([MODEL_UPLOADS])
    const { uploads } = decodeModelUploads(held)
    return (
      uploads.find((upload) => upload.name === name && upload.registeredAt === null) ??
      uploads.findLast((upload) => upload.name === name)
    )
  }

  /**
   * Keeps an upload from being given up, because its model is about to be registered. Gives up those that a process left behind between
   * this and its change of the record of models.
   * @param isOnRecord tells whether a model on record has these files
   * @throws InvalidInputError if the store would hold too many models
   */
  async keep(kept: ModelUpload, isOnRecord: (upload: ModelUpload) => boolean): Promise<void> {
    const now = this.#parts.clock.now()
    const isLeftBehind = (upload: ModelUpload) =>
      upload.registeredAt !== null && now - upload.registeredAt > ORPHANED_AFTER && !isOnRecord(upload)
    await this.#change(({ uploads }) => {
      const others = uploads.filter((upload) => !isSame(upload, kept))
      const leaving = others.filter(isLeftBehind)
      const after = [...others.filter((upload) => !isLeftBehind(upload)), { ...kept, registeredAt: now }]
      const parts = after.reduce((sum, { files, registeredAt }) => sum + (registeredAt === null ? 0 : partsOf(files)), 0)
      if (parts > MAX_REGISTERED_PARTS)
        throw new InvalidInputError(
          `The uploaded models would have ${megabytes(parts)} MB; at most ${megabytes(MAX_REGISTERED_PARTS)} are allowed. First retire a model that you do not need.`,
          'name',
        )
      return { uploads: after, leaving }
    })
  }

  /** Gives up the files of a model that were replaced, or that nothing may use any more. */
  async release(name: string, files: UploadedFiles): Promise<void> {
    await this.#change(({ uploads }) => {
      const leaving = uploads.filter((upload) => upload.registeredAt !== null && isSame(upload, { name, files }))
      return { uploads: uploads.filter((upload) => !leaving.includes(upload)), leaving }
    })
  }

  /** Changes the record, and deletes the parts of uploads that nobody needs any more. */
  async #change(change: (record: ModelUploadsRecord) => ModelUploadsRecord | undefined): Promise<void> {
    const { store, random, clock } = this.#parts
    let before: ModelUploadsRecord | undefined
    let after: ModelUploadsRecord | undefined
    await swapUpload(this.#parts, MODEL_UPLOADS, (current) => {
      before = decodeModelUploads(current)
      after = change(before)
      if (!after) return undefined
      return { value: encodeModelUploads(after, random.stamp()), at: clock.now(), upload: { ...after }, signal: undefined }
    })
    if (!before || !after) return
    try {
      await store.dropValues(modelPartsGivenUp(before, after))
    } catch (error) {
      // The next change deletes them.
      if (!(error instanceof UnavailableError)) throw error
    }
  }
}

/** @returns undefined if the record has this file already */
function arriving(
  { uploads }: ModelUploadsRecord,
  { name, file, sha256, parts }: Omit<ModelPartInput, 'part' | 'content'>,
): ModelUploadsRecord | undefined {
  const known = uploads.find((upload) => upload.name === name && upload.registeredAt === null)
  const former = known?.files[file]
  if (former?.sha256 === sha256 && former.parts === parts) return undefined
  if (former?.sha256 === sha256)
    throw new InvalidInputError(`The upload of this file was begun with ${former.parts} parts, not ${parts}.`, 'parts')
  const files = { ...known?.files, [file]: { sha256, parts } }
  const after = [...uploads.filter((upload) => upload !== known), { name, files, registeredAt: null }]
  const coming = after.filter(({ registeredAt }) => registeredAt === null)
  const givenUp = coming.slice(0, Math.max(0, coming.length - MAX_ARRIVING))
  const replaced = former ? [{ name, files: { [file]: former }, registeredAt: null }] : []
  return { uploads: after.filter((upload) => !givenUp.includes(upload)), leaving: [...givenUp, ...replaced] }
}

function isSame(a: Pick<ModelUpload, 'name' | 'files'>, b: Pick<ModelUpload, 'name' | 'files'>): boolean {
  return a.name === b.name && isDeepStrictEqual(a.files, b.files)
}

function checkPart({ name, file, part, parts, sha256, content }: ModelPartInput): void {
  checkModelName(name)
  const most = UPLOADED_FILES[file]
  if (!SHA256.test(sha256))
    throw new InvalidInputError('sha256 is not a SHA-256 hash: send 64 hexadecimal digits, in lower case.', 'sha256')
  if (!Number.isInteger(parts) || parts < 1 || parts > most)
    throw new InvalidInputError(
      `parts is ${parts}: use a whole number from 1 to ${most}. A file may have at most ${megabytes(most)} MB.`,
      'parts',
    )
  if (!Number.isInteger(part) || part < 0 || part >= parts)
    throw new InvalidInputError(`part is ${part}: use a whole number from 0 to ${parts - 1}.`, 'part')
  if (content.byteLength === 0 || content.byteLength > PART_BYTES)
    throw new InvalidInputError(`The part has ${content.byteLength} bytes: send 1 to ${PART_BYTES}, in Base64.`, 'content')
}

function megabytes(parts: number): number {
  return (parts * PART_BYTES) / 2 ** 20
}
