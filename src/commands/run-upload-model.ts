import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidInputError, LiverankError } from '../errors.ts'
import { MODEL_FILE } from '../ranking/model-contract.ts'
import { REPORT_FILE } from '../ranking/training-report.ts'
import { PART_BYTES, UPLOADED_FILES } from '../ranking/uploaded-model.ts'
import { askPatiently } from './ask-patiently.ts'
import { askService } from './ask-service.ts'

const UPLOAD = `mutation ($input: UploadModelInput!) {
  uploadModel(input: $input) { ... on UploadModelPayload { bytes } ... on Error { message } }
}`
const REGISTER = `mutation ($name: String!) {
  registerModel(input: { name: $name }) { ... on Model { name status } ... on Error { message } }
}`

interface Uploaded {
  readonly uploadModel: { readonly bytes: number } | { readonly message: string }
}

interface Registered {
  readonly registerModel: { readonly name: string; readonly status: string } | { readonly message: string }
}

/** Uploads a model folder to a running service, registers the model, and says so. @throws as `uploadModel` */
export async function runUploadModel(
  folder: string,
  { name = basename(resolve(folder)), url }: { readonly name?: string; readonly url: string },
): Promise<void> {
  const { bytes, status } = await uploadModel(folder, name, url)
  console.log(`Uploaded ${bytes} bytes. The service at ${url} has the model ${name}, with the status ${status}.`)
}

/**
 * Uploads a model folder to a running service, and registers the model.
 * @returns the bytes of its files, and the status of the model
 * @throws InvalidInputError if the folder has no model, or one that is too large
 * @throws LiverankError BAD_USER_INPUT if the service refuses the model
 * @throws UnavailableError if the service does not answer
 */
export async function uploadModel(folder: string, name: string, url: string): Promise<{ bytes: number; status: string }> {
  const model = await contentOf(folder, MODEL_FILE)
  if (!model?.byteLength) throw new InvalidInputError(`${folder} has no ${MODEL_FILE}: name the folder of a model.`, 'folder')
  const report = await contentOf(folder, REPORT_FILE)
  await upload(url, { name, file: 'MODEL' }, model)
  if (report) await upload(url, { name, file: 'TRAINING' }, report)
  const { registerModel } = await askPatiently(() => askService<Registered>(url, REGISTER, { name }))
  if ('message' in registerModel)
    throw new LiverankError('BAD_USER_INPUT', `The service does not register the model. ${registerModel.message}`)
  return { bytes: model.byteLength + (report?.byteLength ?? 0), status: registerModel.status }
}

/** @returns undefined if there is no such file @throws InvalidInputError if it is too large */
async function contentOf(folder: string, file: keyof typeof UPLOADED_FILES): Promise<Buffer | undefined> {
  const content = await readFile(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new InvalidInputError(`${join(folder, file)} cannot be read: ${error.message}`, 'folder')
  })
  const most = UPLOADED_FILES[file] * PART_BYTES
  if (content && content.byteLength > most)
    throw new InvalidInputError(
      `${join(folder, file)} has ${content.byteLength} bytes; at most ${most} can be uploaded: use MODEL_DIR for this model.`,
      'folder',
    )
  return content
}

async function upload(url: string, of: { readonly name: string; readonly file: string }, content: Buffer): Promise<void> {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const parts = Math.ceil(content.byteLength / PART_BYTES)
  for (let part = 0; part < parts; part++) {
    const bytes = content.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
    const input = { ...of, part, parts, sha256, content: bytes.toString('base64') }
    const { uploadModel } = await askPatiently(() => askService<Uploaded>(url, UPLOAD, { input }))
    if ('message' in uploadModel)
      throw new LiverankError('BAD_USER_INPUT', `The service refuses part ${part} of the model. ${uploadModel.message}`)
  }
}
