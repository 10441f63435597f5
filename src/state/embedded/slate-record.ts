import { crc32 } from 'node:zlib'
import { ColumnReader, ColumnWriter } from '../column-codec.ts'

/** A served slate in the memory of the embedded store. */
export interface MemorySlate {
  /** Time of serving on a clock that never steps, in whole ms; see `steadyTime`. */
  readonly at: number
  readonly userId: string
  /** Whether an event named it in time. */
  readonly isNamed: boolean
  /** The slate as `encodeSlate` encodes it. */
  readonly bytes: Uint8Array
}

/**
 * A record in a page of kept slates: length and CRC-32 of its body (u32 each, little endian), a byte that is 1 once the slate is named,
 * and the body: time, id, user, and the slate. Erasing a record writes zeros over the body and the CRC. The length stays, so that the
 * next record is found.
 */
export const RECORD_HEAD = 9
const CRC_AT = 4
const NAMED_AT = 8

const writer = new ColumnWriter()

/** Encodes a record. Valid until the next call. */
export function recordOf(id: string, { at, userId, isNamed, bytes }: MemorySlate): Buffer {
  writer.reset()
  for (let byte = 0; byte < RECORD_HEAD; byte++) writer.byte(0)
  writer.time(Math.floor(at))
  writer.text(id)
  writer.text(userId)
  writer.bytes(bytes)
  const record = writer.view()
  const body = record.subarray(RECORD_HEAD)
  record.writeUInt32LE(body.length, 0)
  record.writeUInt32LE(crc32(body), CRC_AT)
  record[NAMED_AT] = isNamed ? 1 : 0
  return record
}

/** Returns the length of the record at an offset, with its head, in bytes; 0 if the page ends before the record does. */
export function recordLength(page: Uint8Array, offset: number): number {
  if (offset + RECORD_HEAD > page.length) return 0
  const body = page[offset] + page[offset + 1] * 2 ** 8 + page[offset + 2] * 2 ** 16 + page[offset + 3] * 2 ** 24
  return offset + RECORD_HEAD + body > page.length ? 0 : RECORD_HEAD + body
}

/** Reads the record at an offset, without copying. @returns undefined if it is erased, damaged or cut off */
export function readRecord(page: Buffer, offset: number): { readonly id: string; readonly slate: MemorySlate } | undefined {
  const length = recordLength(page, offset)
  if (length === 0) return undefined
  const body = page.subarray(offset + RECORD_HEAD, offset + length)
  if (crc32(body) !== page.readUInt32LE(offset + CRC_AT)) return undefined
  const reader = new ColumnReader(body)
  const at = reader.time()
  const id = reader.text()
  const userId = reader.text()
  return { id, slate: { at, userId, isNamed: page[offset + NAMED_AT] === 1, bytes: body.subarray(reader.offset) } }
}

/** Yields the records of a page that are neither erased nor damaged, without copying. */
export function* recordsIn(page: Buffer): Generator<{ offset: number; id: string; slate: MemorySlate }> {
  let offset = 0
  for (let length = recordLength(page, 0); length > 0; length = recordLength(page, offset)) {
    const found = readRecord(page, offset)
    if (found) yield { offset, ...found }
    offset += length
  }
}

/** Returns the place of the bytes of a record that erasing sets to 0. */
export function erasedPart(offset: number, length: number): { readonly from: number; readonly bytes: number } {
  return { from: offset + CRC_AT, bytes: length - CRC_AT }
}

/** Returns the place of the byte that says whether the slate of a record is named. */
export function namedAt(offset: number): number {
  return offset + NAMED_AT
}
