import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { OtherFormatError } from '../../errors.ts'
import { ColumnReader, ColumnWriter } from '../column-codec.ts'
import type { CountBytes } from '../erasure-outcome.ts'

/**
 * A snapshot is a file of blocks. A block is its length and the CRC-32 of what follows (u32 each, little endian), then what it
 * holds (u8), how many records (u32), and the records. The first block is the head, the last one the end.
 */
const BLOCK = {
  head: 0,
  user: 1,
  item: 2,
  list: 3,
  row: 4,
  identities: 5,
  end: 7,
  sampled: 9,
  models: 10,
  rules: 11,
  keys: 12,
  audit: 13,
  uncounted: 14,
  kept_slate: 15,
  kept_events: 16,
  neighbours: 17,
} as const
export type BlockKind = keyof typeof BLOCK
const KINDS: ReadonlyMap<number, BlockKind> = new Map(Object.entries(BLOCK).map(([kind, code]) => [code, kind as BlockKind]))

/** One block of a snapshot whose checksum is right. `reader` stands at the first of its `records` records. */
export interface Block {
  readonly kind: BlockKind
  readonly records: number
  readonly reader: ColumnReader
}

const FRAME_BYTES = 8
const BLOCK_HEAD_BYTES = 5
/** Bytes of a block before it is written out: bounds how long the event loop is held up. */
const BLOCK_BYTES = 2 ** 16
/** Longest block that is believed. */
const MOST_BYTES = 2 ** 28
/** Entries after which the event loop turns although nothing was written: those that go leave no bytes. */
const TURN = 2000

/** Writes a snapshot block by block, and lets other work have its turn in between. Throws once the signal is aborted. */
export class BlockWriter {
  readonly #file: FileHandle
  readonly #signal: AbortSignal
  readonly #count: CountBytes
  readonly #records = new ColumnWriter()
  count = 0
  bytes = 0

  constructor(file: FileHandle, signal: AbortSignal, count: CountBytes) {
    this.#file = file
    this.#signal = signal
    this.#count = count
  }

  async json(kind: BlockKind, value: object): Promise<void> {
    this.#records.text(JSON.stringify(value))
    await this.#finish(kind, 1)
  }

  async all<T>(
    kind: BlockKind,
    entries: Iterable<T | undefined>,
    write: (writer: ColumnWriter, entry: T) => void,
  ): Promise<void> {
    let records = 0
    let passed = 0
    for (const entry of entries) {
      if (entry !== undefined) {
        write(this.#records, entry)
        records++
      } else if (++passed % TURN === 0) await new Promise((resolve) => setImmediate(resolve))
      if (this.#records.length < BLOCK_BYTES) continue
      await this.#finish(kind, records)
      records = 0
    }
    if (records > 0) await this.#finish(kind, records)
  }

  async #finish(kind: BlockKind, records: number): Promise<void> {
    this.#signal.throwIfAborted()
    const length = BLOCK_HEAD_BYTES + this.#records.length
    const block = Buffer.allocUnsafe(FRAME_BYTES + length)
    block.writeUInt32LE(length, 0)
    block.writeUInt8(BLOCK[kind], FRAME_BYTES)
    block.writeUInt32LE(records, FRAME_BYTES + 1)
    block.set(this.#records.view(), FRAME_BYTES + BLOCK_HEAD_BYTES)
    block.writeUInt32LE(crc32(block.subarray(FRAME_BYTES)), 4)
    this.#records.reset()
    this.count++
    this.bytes += block.length
    this.#count(block.length)
    await this.#file.writeFile(block)
  }
}

/**
 * @throws Error where a block is cut off, or is not what was written
 * @throws LiverankError LAYOUT_MISMATCH for a whole block of a kind that only other versions write
 */
export async function* readBlocks(path: string): AsyncGenerator<Block> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 22 })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer)
    let at = 0
    while (at + FRAME_BYTES <= bytes.length) {
      const length = bytes.readUInt32LE(at)
      const start = at + FRAME_BYTES
      if (length > MOST_BYTES) throw new Error('a block is damaged')
      if (start + length > bytes.length) break
      const block = bytes.subarray(start, start + length)
      if (length < BLOCK_HEAD_BYTES || crc32(block) !== bytes.readUInt32LE(at + 4)) throw new Error('a block is damaged')
      const kind = KINDS.get(block[0])
      if (kind === undefined) throw new OtherFormatError(path, `a block of the kind ${block[0]}`)
      yield { kind, records: block.readUInt32LE(1), reader: new ColumnReader(block, BLOCK_HEAD_BYTES) }
      at = start + length
    }
    rest = bytes.subarray(at)
  }
  if (rest.length > 0) throw new Error('its end is cut off')
}
