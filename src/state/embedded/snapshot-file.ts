import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import { invariant } from '../../invariant.ts'
import { ColumnReader, ColumnWriter } from '../column-codec.ts'
import type { Ended } from '../deletable.ts'
import { writeWhole } from '../durable-file.ts'
import { countKept, readPacked } from '../kept-events.ts'
import { NOT_COUNTED } from '../log/not-counted.ts'
import { kindOf, type SharedKind, type SlotLayout, type SlotNames } from '../slots.ts'
import { SUBJECT_KINDS, type Subject } from '../subject.ts'
import { MemoryContents } from './memory-contents.ts'

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
  slate: 6,
  end: 7,
  events: 8,
  sampled: 9,
  models: 10,
  rules: 11,
  keys: 12,
  audit: 13,
  uncounted: 14,
} as const
type BlockKind = keyof typeof BLOCK
const KINDS = Object.keys(BLOCK) as BlockKind[]

const FRAME_BYTES = 8
const BLOCK_HEAD_BYTES = 5
/** Bytes of a block before it is written out: bounds how long the event loop is held up. */
const BLOCK_BYTES = 2 ** 16
/** Blocks that name users or lists. */
const NAMING: ReadonlySet<BlockKind> = new Set(['user', 'list', 'slate', 'events', 'sampled'])
/** Longest block that is believed. */
const MOST_BYTES = 2 ** 28
/** Entries after which the event loop turns although nothing was written: those that go leave no bytes. */
const TURN = 2000

const head = z.object({
  format: z.literal(1),
  /** ms of the clock that features see. */
  now: z.number(),
  names: z.object({ item: z.array(z.string()), attribute: z.array(z.string()) }),
})
const end = z.object({ blocks: z.number() })

export interface SnapshotOptions {
  /** Contents to write. They must be frozen. */
  readonly contents: MemoryContents
  readonly names: SlotNames
  readonly now: number
  /** Tests of which state has expired. Expired state is left out, and deleted from the contents. */
  readonly ended: Ended
  readonly signal: AbortSignal
  /** Called before the file gets its final name. */
  readonly beforeNaming: () => Promise<void>
}

/** Part of a snapshot: what it has of some users and lists. */
export interface SnapshotPart {
  isOne(subject: Subject): boolean
  isSlateOfOne(json: string): boolean
}

/**
 * Writes a snapshot of the contents as of their freeze, while they keep changing. It may also include identities and slates added
 * since.
 */
export async function writeSnapshot(path: string, options: SnapshotOptions): Promise<void> {
  const { contents, ended, names, now, signal, beforeNaming } = options
  await writeWhole(path, async (file) => {
    const blocks = new BlockWriter(file, signal)
    await blocks.json('head', { format: 1, now, names })
    for (const kind of SUBJECT_KINDS) {
      const isOver = kind === 'user' ? ended.user : () => false
      const values = contents.values[kind].walk((_, value) => isOver(value))
      await blocks.all(kind, values, (writer, [id, value]) => {
        writer.text(id)
        writer.count(value.length)
        writer.bytes(value)
      })
    }
    const rows = contents.sums.entities.walk((entity, { row }) => ended.row(entity, row))
    await blocks.all('row', rows, (writer, [entity, { row, sets }]) => {
      writer.text(entity)
      writer.count(row.length)
      for (const cell of row) writer.float64(cell)
      writer.count(sets?.size ?? 0)
      for (const [column, scores] of sets ?? []) {
        writer.count(column)
        writer.count(scores.size)
        for (const [member, score] of scores) {
          writer.text(member)
          writer.float64(score)
        }
      }
    })
    await blocks.all('identities', contents.identities.pieces(), (writer, { day, hashes }) => {
      writer.count(day)
      writer.count(hashes.length)
      writer.bytes(hashes)
    })
    await blocks.all('uncounted', contents.identities.uncountedPieces(), (writer, { day, reason, hashes }) => {
      writer.text(reason ?? '')
      writer.count(day)
      writer.count(hashes.length)
      writer.bytes(hashes)
    })
    await blocks.all('slate', contents.slates, (writer, [id, { at, json }]) => {
      writer.text(id)
      writer.time(at)
      writer.text(json)
    })
    const events = contents.events.walk((_, kept) => ended.events(kept))
    await blocks.all('events', events, (writer, [userId, kept]) => {
      writer.text(userId)
      writer.count(countKept(kept))
      writer.bytes(kept)
    })
    await blocks.all('sampled', [...contents.sample.userIds], (writer, userId) => writer.text(userId))
    await blocks.json('end', { blocks: blocks.count })
    const { size } = await file.stat()
    invariant(size === blocks.bytes, 'SNAPSHOT_SIZE', `${path} has ${size} of the ${blocks.bytes} bytes that were written`)
    await beforeNaming()
  })
}

class BlockWriter {
  readonly #file: FileHandle
  readonly #signal: AbortSignal
  readonly #records = new ColumnWriter()
  count = 0
  bytes = 0

  constructor(file: FileHandle, signal: AbortSignal) {
    this.#file = file
    this.#signal = signal
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
    await this.#file.writeFile(block)
  }
}

/**
 * Reads a snapshot. Columns get their places by name.
 * @param lateness time for which an event id stays known, in ms
 * @param only reads nothing but what it names; everything if absent
 * @returns the contents, and the time of the snapshot on the clock of features
 * @throws LiverankError DAMAGED_LOG if the file is not a complete snapshot of this format
 */
export async function readSnapshot(
  path: string,
  layout: SlotLayout,
  lateness: number,
  only?: SnapshotPart,
): Promise<{ contents: MemoryContents; now: number }> {
  const contents = new MemoryContents(layout, lateness)
  let began: { now: number; columns: Record<SharedKind, Int32Array> } | undefined
  let blocks = 0
  try {
    for await (const { kind, records, reader } of readBlocks(path)) {
      if (kind === 'head') {
        const { now, names } = head.parse(JSON.parse(reader.text()))
        began = { now, columns: layout.admit(names) }
      } else if (!began) throw new Error('its first block is not a header')
      else if (kind === 'end') {
        const found = end.parse(JSON.parse(reader.text()))
        if (found.blocks !== blocks) throw new Error(`it has ${blocks} blocks instead of ${found.blocks}`)
        return { contents, now: began.now }
      } else if (only) readNaming(kind, records, reader, contents, only)
      else for (let i = 0; i < records; i++) readRecord(kind, reader, contents, layout, began.columns)
      blocks++
    }
    throw new Error('its end is missing')
  } catch (error) {
    throw new LiverankError('DAMAGED_LOG', `${path} is not a complete snapshot: ${(error as Error).message}`, { cause: error })
  }
}

/** Reads from a block what it has of the subjects. */
function readNaming(kind: BlockKind, records: number, reader: ColumnReader, contents: MemoryContents, only: SnapshotPart): void {
  if (!NAMING.has(kind)) return
  for (let i = 0; i < records; i++) {
    const id = reader.text()
    const isOne = only.isOne({ kind: kind === 'list' ? 'list' : 'user', id })
    if (kind === 'slate') {
      const at = reader.time()
      const json = reader.text()
      if (only.isSlateOfOne(json)) contents.slates.set(id, { at, json })
    } else if (kind === 'sampled') {
      if (isOne) contents.sample.add(id)
    } else if (kind === 'events') {
      const kept = readPacked(reader, reader.count())
      if (isOne) contents.events.set(id, kept)
    } else if (isOne && (kind === 'user' || kind === 'list')) contents.values[kind].set(id, reader.bytes(reader.count()))
    else reader.skip(reader.count())
  }
}

function readRecord(
  kind: Exclude<BlockKind, 'head' | 'end'>,
  reader: ColumnReader,
  contents: MemoryContents,
  layout: SlotLayout,
  columns: Record<SharedKind, Int32Array>,
): void {
  switch (kind) {
    case 'user':
    case 'item':
    case 'list':
    case 'models':
    case 'rules':
    case 'keys':
    case 'audit': {
      const id = reader.text()
      contents.values[kind].set(id, reader.bytes(reader.count()))
      return
    }
    case 'row': {
      const entity = reader.text()
      const shared = kindOf(entity)
      const places = columns[shared]
      const row = new Float64Array(layout.width(shared))
      const width = reader.count()
      for (let i = 0; i < width; i++) row[places[i]] = finite(reader.float64())
      const count = reader.count()
      const sets = count === 0 ? undefined : new Map<number, Map<string, number>>()
      for (let i = 0; i < count; i++) {
        const scores = new Map<string, number>()
        sets?.set(places[reader.count()], scores)
        const members = reader.count()
        for (let j = 0; j < members; j++) scores.set(reader.text(), finite(reader.float64()))
      }
      contents.sums.entities.set(entity, { row, sets })
      return
    }
    case 'identities': {
      const day = reader.count()
      contents.identities.restore({ day, reason: undefined, hashes: reader.bytes(reader.count()) })
      return
    }
    case 'uncounted': {
      const reason = z.enum(NOT_COUNTED).parse(reader.text())
      const day = reader.count()
      contents.identities.restore({ day, reason, hashes: reader.bytes(reader.count()) })
      return
    }
    case 'slate': {
      const id = reader.text()
      const at = reader.time()
      contents.slates.set(id, { at, json: reader.text() })
      return
    }
    case 'events': {
      const userId = reader.text()
      contents.events.set(userId, readPacked(reader, reader.count()))
      return
    }
    case 'sampled':
      contents.sample.add(reader.text())
  }
}

/** What is not finite, left by a version that let it in, begins anew. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/**
 * Returns whether a snapshot names one of these subjects, or holds a slate that does.
 * @returns true also for an incomplete file, because it may name any of them
 */
export async function isInSnapshot(path: string, { isOne, isSlateOfOne }: SnapshotPart): Promise<boolean> {
  try {
    for await (const { kind, records, reader } of readBlocks(path)) {
      if (!NAMING.has(kind)) continue
      for (let i = 0; i < records; i++) {
        const id = reader.text()
        if (kind === 'slate') {
          reader.time()
          if (isSlateOfOne(reader.text())) return true
          continue
        }
        if (isOne({ kind: kind === 'list' ? 'list' : 'user', id })) return true
        if (kind === 'events') readPacked(reader, reader.count())
        else if (kind !== 'sampled') reader.skip(reader.count())
      }
    }
    return false
  } catch {
    return true
  }
}

/** @throws Error where a block is cut off, or is not what was written */
async function* readBlocks(path: string): AsyncGenerator<{ kind: BlockKind; records: number; reader: ColumnReader }> {
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
      const kind = KINDS[block[0]]
      if (length < BLOCK_HEAD_BYTES || crc32(block) !== bytes.readUInt32LE(at + 4) || kind === undefined) {
        throw new Error('a block is damaged')
      }
      yield { kind, records: block.readUInt32LE(1), reader: new ColumnReader(block, BLOCK_HEAD_BYTES) }
      at = start + length
    }
    rest = bytes.subarray(at)
  }
  if (rest.length > 0) throw new Error('its end is cut off')
}
