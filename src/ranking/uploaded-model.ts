import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { ModelContractError, NotFoundError } from '../errors.ts'
import { decodeStamped, encodeStamped } from '../state/stamped-json.ts'
import type { StateStore } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { STAMP_BYTES } from '../state/user-value-codec.ts'
import { MODEL_FILE } from './model-contract.ts'
import { parseTrainingReport, REPORT_FILE, type TrainingReport } from './training-report.ts'

/** Largest part of an uploaded file, in bytes. */
export const PART_BYTES = 512 * 1024

/** Files of an uploaded model, by the name of the file, with the most parts that each may have: 64 MB and 8 MB. */
export const UPLOADED_FILES = { [MODEL_FILE]: 128, [REPORT_FILE]: 16 } as const
export type UploadedFileName = keyof typeof UPLOADED_FILES

/** The store entry that lists the models of which the store has files. */
export const MODEL_UPLOADS = { kind: 'models', id: 'uploads' } as const satisfies Subject

const uploadedFile = z.object({
  /** SHA-256 of its content, in hex. */
  sha256: z.string(),
  /** Number of its parts. */
  parts: z.int().positive(),
})

/** Schema of the files of an uploaded model. */
export const uploadedFiles = z.object({ [MODEL_FILE]: uploadedFile.exactOptional(), [REPORT_FILE]: uploadedFile.exactOptional() })

const modelUpload = z.object({
  name: z.string(),
  files: uploadedFiles,
  /** Time of its registration, in ms of the clock of features; null while parts arrive. */
  registeredAt: z.number().nullable(),
})

const modelUploads = z.object({
  /** The oldest first. A name may be there twice: registered, and arriving anew. */
  uploads: z.array(modelUpload),
  /** Uploads that the latest change gave up. Their parts are deleted after the change, and once more before the next one. */
  leaving: z.array(modelUpload),
})

/** A file that is stored in parts, which are named by its hash. */
export type UploadedFile = z.infer<typeof uploadedFile>
/** The files of an uploaded model, by their names. */
export type UploadedFiles = z.infer<typeof uploadedFiles>
/** A model of which the store has files, or a part of them. */
export type ModelUpload = z.infer<typeof modelUpload>
/** All models of which the store has files. */
export type ModelUploadsRecord = z.infer<typeof modelUploads>

/** Parses a record of uploads. @throws ZodError if it is invalid */
export function parseModelUploads(record: unknown): ModelUploadsRecord {
  return modelUploads.parse(record)
}

/** Encodes a record of uploads for the store. */
export function encodeModelUploads(record: ModelUploadsRecord, stamp: Uint8Array): Buffer {
  return encodeStamped(record, stamp)
}

/** Decodes a stored record of uploads; an empty one if there is none. @throws ZodError or SyntaxError if it is invalid */
export function decodeModelUploads(value: Uint8Array | undefined): ModelUploadsRecord {
  return value === undefined ? { uploads: [], leaving: [] } : parseModelUploads(decodeStamped(value))
}

/** Returns the store entry of a part of a file. @param part its number, from 0 */
export function modelPart(file: UploadedFileName, { sha256 }: Pick<UploadedFile, 'sha256'>, part: number): Subject {
  return { kind: 'models', id: `part:${file}:${part}:${sha256}` }
}

const loggedPart = z.object({ content: z.base64() })

/** Returns the content of a part as a log entry has it. */
export function partForLog(content: Uint8Array): z.infer<typeof loggedPart> {
  return { content: Buffer.from(content).toString('base64') }
}

/** Returns the stored value of a part from its log entry. @throws ZodError if the entry is invalid */
export function partOfLog(upload: unknown, stamp: Uint8Array): Buffer {
  return encodeModelPart(Buffer.from(loggedPart.parse(upload).content, 'base64'), stamp)
}

/** Encodes the content of a part for the store. */
export function encodeModelPart(content: Uint8Array, stamp: Uint8Array): Buffer {
  return Buffer.concat([stamp, content])
}

/** Returns the content of a stored part. */
export function decodeModelPart(value: Uint8Array): Uint8Array {
  return value.subarray(STAMP_BYTES)
}

/** Returns the number of parts of all files. */
export function partsOf(files: UploadedFiles): number {
  return Object.values(files).reduce((sum, { parts }) => sum + parts, 0)
}

/**
 * Returns the store entries to delete after a change of the record. Those that the change before gave up come again: the process that
 * made it may have ended before it deleted them. What another upload has too stays.
 */
export function modelPartsGivenUp(before: ModelUploadsRecord, after: ModelUploadsRecord): Subject[] {
  const needed = new Set(after.uploads.flatMap(({ files }) => subjectsOf(files)).map(({ id }) => id))
  const given = [...before.leaving, ...after.leaving].flatMap(({ files }) => subjectsOf(files))
  return given.filter(({ id }) => !needed.has(id))
}

function subjectsOf(files: UploadedFiles): Subject[] {
  return Object.entries(files).flatMap(([name, file]) =>
    Array.from({ length: file.parts }, (_, part) => modelPart(name as UploadedFileName, file, part)),
  )
}

/** The content of an uploaded model. */
export interface UploadedContent {
  readonly model: Uint8Array
  readonly report: TrainingReport | undefined
}

type Reads = Pick<StateStore, 'readValues'>

/**
 * Reads an uploaded model. Requests are answered in between.
 * @throws NotFoundError if its file or a part is missing
 * @throws ModelContractError if a file has another hash than its upload said
 */
export async function readUploaded(store: Reads, name: string, files: UploadedFiles): Promise<UploadedContent> {
  const model = await readFile(store, name, MODEL_FILE, files[MODEL_FILE])
  if (!model) throw new NotFoundError(`The file ${MODEL_FILE} of the model ${name} is missing: upload it.`, 'name')
  return { model, report: await readUploadedReport(store, name, files) }
}

/** Reads what the training wrote about an uploaded model; undefined if that was not uploaded. @throws as `readUploaded` */
export async function readUploadedReport(store: Reads, name: string, files: UploadedFiles): Promise<TrainingReport | undefined> {
  const report = await readFile(store, name, REPORT_FILE, files[REPORT_FILE])
  return report && parseTrainingReport(Buffer.from(report).toString('utf8'))
}

async function readFile(
  store: Reads,
  name: string,
  file: UploadedFileName,
  uploaded: UploadedFile | undefined,
): Promise<Uint8Array | undefined> {
  if (!uploaded) return undefined
  const parts: Uint8Array[] = []
  const hash = createHash('sha256')
  for (let part = 0; part < uploaded.parts; part++) {
    const [value] = await store.readValues([modelPart(file, uploaded, part)])
    if (value === undefined)
      throw new NotFoundError(
        `Part ${part} of the ${uploaded.parts} parts of ${file} of the model ${name} is missing: upload it.`,
        'name',
      )
    const content = decodeModelPart(value)
    parts.push(content)
    hash.update(content)
    await turn()
  }
  const found = hash.digest('hex')
  if (found === uploaded.sha256) return Buffer.concat(parts)
  throw new ModelContractError(
    `The uploaded ${file} of the model ${name} has the SHA-256 ${found}, not ${uploaded.sha256}: upload all parts again.`,
    'sha256',
  )
}
