import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Writes an ONNX model, field by field. The numbers of fields are those of onnx.proto. */
export class OnnxWriter {
  readonly bytes = new BinaryWriter()

  message(field: number, write: () => void): void {
    this.bytes.tag(field, WireType.LengthDelimited).fork()
    write()
    this.bytes.join()
  }

  text(field: number, value: string): void {
    this.bytes.tag(field, WireType.LengthDelimited).string(value)
  }

  whole(field: number, value: number): void {
    this.bytes.tag(field, WireType.Varint).int64(value)
  }

  /** Writes what a graph takes or gives: a tensor of float32. `N` is a dimension of any size. */
  value(field: number, name: string, dimensions: readonly (number | 'N')[]): void {
    this.message(field, () => {
      this.text(1, name)
      this.message(2, () =>
        this.message(1, () => {
          this.whole(1, 1)
          this.message(2, () => {
            for (const size of dimensions) this.message(1, () => (size === 'N' ? this.text(2, 'N') : this.whole(1, size)))
          })
        }),
      )
    })
  }

  finish(): Uint8Array {
    return this.bytes.finish()
  }
}
