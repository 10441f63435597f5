import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ModelContractError } from '../errors.ts'

// Field numbers of onnx.proto: ModelProto.metadata_props, a repeated StringStringEntryProto.
const METADATA_PROPS = 14
const ENTRY_KEY = 1
const ENTRY_VALUE = 2

/**
 * Reads the `metadata_props` of an ONNX file, which the JavaScript API of onnxruntime does not expose. Skips the rest of the file.
 * The last entry of a key counts.
 * @throws ModelContractError if the bytes are not a complete protobuf message
 */
export function readOnnxMetadata(model: Uint8Array): Map<string, string> {
  const metadata = new Map<string, string>()
  try {
    const reader = new BinaryReader(model)
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === METADATA_PROPS && type === WireType.LengthDelimited) {
        const [key, value] = readEntry(reader.bytes())
        metadata.set(key, value)
      } else {
        reader.skip(type, field)
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ModelContractError(`The file is not an ONNX model, or is damaged (${reason}): train or copy the model again.`)
  }
  return metadata
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const reader = new BinaryReader(bytes)
  let key = ''
  let value = ''
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === ENTRY_KEY && type === WireType.LengthDelimited) key = reader.string(true)
    else if (field === ENTRY_VALUE && type === WireType.LengthDelimited) value = reader.string(true)
    else reader.skip(type, field)
  }
  return [key, value]
}
