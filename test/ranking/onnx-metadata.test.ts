import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelContractError } from '../../src/errors.ts'
import { readOnnxMetadata } from '../../src/ranking/onnx-ranker.ts'

/** A ModelProto with the other kinds of field around its metadata, as onnx.proto numbers them. */
function modelProto(metadata: Iterable<readonly [string, string]>): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Varint).int64(8) // ir_version
  writer.tag(2, WireType.LengthDelimited).string('liverank') // producer_name
  writer.tag(7, WireType.LengthDelimited).bytes(Uint8Array.of(10, 2, 104, 105)) // graph
  for (const [key, value] of metadata) {
    writer.tag(14, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(key)
    writer.tag(2, WireType.LengthDelimited).string(value)
    writer.join()
    writer.tag(100, WireType.Bit32).fixed32(7) // a field of some later version
    writer.tag(101, WireType.Bit64).fixed64(7)
  }
  return writer.tag(8, WireType.LengthDelimited).bytes(Uint8Array.of(16, 17)).finish() // opset_import
}

describe('readOnnxMetadata', () => {
  it('returns every entry that was written', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (entries) => {
        expect(readOnnxMetadata(modelProto(entries))).toEqual(new Map(entries))
      }),
    )
  })

  it('reads entries whose value stands before the key, or is absent', () => {
    const writer = new BinaryWriter()
    writer.tag(14, WireType.LengthDelimited).fork()
    writer.tag(2, WireType.LengthDelimited).string('value').tag(9, WireType.Varint).uint32(3)
    writer.tag(1, WireType.LengthDelimited).string('key').join()
    writer.tag(14, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('empty').join()
    expect([...readOnnxMetadata(writer.finish())]).toEqual([
      ['key', 'value'],
      ['empty', ''],
    ])
  })

  it('finds nothing in an empty model', () => {
    expect(readOnnxMetadata(new Uint8Array())).toEqual(new Map())
  })

  it('refuses a file that is cut short within a field, and never throws anything else', () => {
    const whole = modelProto([['key', 'a value of some length']])
    // The last field is four bytes long.
    expect(() => readOnnxMetadata(whole.subarray(0, whole.length - 1))).toThrow(ModelContractError)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readOnnxMetadata(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ModelContractError)
        }
      }),
    )
  })
})
