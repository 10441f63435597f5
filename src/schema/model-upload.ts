import { InvalidInputError } from '../errors.ts'
import type { ModelPartInput } from '../events/model-uploads.ts'
import { MODEL_FILE } from '../ranking/model-contract.ts'
import { REPORT_FILE } from '../ranking/training-report.ts'
import { PART_BYTES, UPLOADED_FILES, type UploadedFileName } from '../ranking/uploaded-model.ts'
import { builder } from './builder.ts'
import { NotFound, orError, resultType } from './error.ts'

const FILES = { MODEL: MODEL_FILE, TRAINING: REPORT_FILE } as const satisfies Record<string, UploadedFileName>

const megabytes = (file: UploadedFileName) => (UPLOADED_FILES[file] * PART_BYTES) / 2 ** 20

const ModelFile = builder.enumType('ModelFile', {
  description: 'A file of a model.',
  values: {
    MODEL: { description: `The model itself, \`${MODEL_FILE}\`: at most ${megabytes(MODEL_FILE)} MB.` },
    TRAINING: {
      description: `What the training found out, \`${REPORT_FILE}\`: at most ${megabytes(REPORT_FILE)} MB. A model can do without it.`,
    },
  } as const,
})

const UploadModelPayload = builder.objectRef<{ readonly bytes: number }>('UploadModelPayload').implement({
  description: 'The result of `uploadModel`: the part is stored.',
  fields: (t) => ({ bytes: t.exposeInt('bytes', { description: 'Number of bytes of the part.' }) }),
})

const UploadModelResult = resultType('UploadModel', UploadModelPayload, [NotFound])

const UploadModelInput = builder.inputType('UploadModelInput', {
  description: 'A part of a file of a model.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Name of the model: at most 100 letters, digits, `_`, `-` and `.`. It begins with a letter or digit.',
    }),
    file: t.field({ type: ModelFile, required: true, defaultValue: 'MODEL', description: 'The file.' }),
    part: t.int({ required: true, description: 'Number of this part, from 0.' }),
    parts: t.int({
      required: true,
      description: `Number of all parts of the file: at most ${UPLOADED_FILES[MODEL_FILE]}, or ${UPLOADED_FILES[REPORT_FILE]} for \`TRAINING\`.`,
    }),
    sha256: t.string({ required: true, description: 'SHA-256 of the whole file: 64 hexadecimal digits, in lower case.' }),
    content: t.string({ required: true, description: `Bytes of this part in Base64, 1 to ${PART_BYTES} of them.` }),
  }),
})

/** @throws InvalidInputError if it is not Base64 */
function bytesOf(content: string): ModelPartInput['content'] {
  const bytes = Buffer.from(content, 'base64')
  if (bytes.toString('base64') === content) return bytes
  throw new InvalidInputError(
    'content is not Base64: encode the bytes of the part with padding, and without line breaks.',
    'content',
  )
}

builder.mutationField('uploadModel', (t) =>
  t.field({
    type: UploadModelResult,
    nullable: true,
    complexity: 5_000,
    description:
      'Stores one part of a file of a model, but does not use it yet. Upload all parts, in any order, and then call `registerModel`: all processes of the service then read the model from the store. You may send a part again. At most 3 models can be uploaded at the same time: the start of another one removes the parts of the oldest. `liverank upload-model` does all of this.',
    args: { input: t.arg({ type: UploadModelInput, required: true, description: 'The part.' }) },
    resolve: (_, { input: { file, content, ...part } }, { service }) =>
      orError(async () => {
        const bytes = bytesOf(content)
        await service.modelUploads.upload({ ...part, file: FILES[file], content: bytes })
        return { bytes: bytes.byteLength }
      }),
  }),
)
