import { z } from 'zod'
import { LiverankError, OtherFormatError } from '../../errors.ts'
import { invariant } from '../../invariant.ts'
import type { ColumnReader, ColumnWriter } from '../column-codec.ts'
import { writeWhole } from '../durable-file.ts'
import type { CountBytes } from '../erasure-outcome.ts'
import type { ExpiryTests } from '../expiry.ts'
import { countKept, readPacked } from '../kept-events.ts'
import { NOT_COUNTED } from '../log/not-counted.ts'
import type { OwnedEntries } from '../owned-entries.ts'
import { type Entity, ScoredMembers } from '../shared-sums.ts'
import { kindOf, type SharedKind, type SlotLayout, type SlotNames } from '../slots.ts'
import { SUBJECT_KINDS } from '../subject.ts'
import { refuseEarlierFormat } from '../user-value-codec.ts'
import { MemoryContents } from './memory-contents.ts'
import type { MemorySlate } from './slate-record.ts'
import { type Block, type BlockKind, BlockWriter, readBlocks } from './snapshot-blocks.ts'

/** Blocks that name users or lists. */
const NAMING: ReadonlySet<BlockKind> = new Set(['user', 'list', 'kept_slate', 'kept_events', 'sampled'])

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
  readonly expired: ExpiryTests
  readonly signal: AbortSignal
  /** Told about the bytes of each block. */
  readonly count: CountBytes
  /** Called before the file gets its final name. */
  readonly beforeNaming: () => Promise<void>
}

/**
 * Writes a snapshot of the contents as of their freeze, while they keep changing. It may also include identities and slates added
 * since.
 */
export async function writeSnapshot(path: string, options: SnapshotOptions): Promise<void> {
  const { contents, expired, names, now, signal, count, beforeNaming } = options
  await writeWhole(path, async (file) => {
    const blocks = new BlockWriter(file, signal, count)
    await blocks.json('head', { format: 1, now, names })
    for (const kind of SUBJECT_KINDS) {
      const isOver = kind === 'user' ? expired.user : () => false
      const values = contents.values[kind].walk((_, value) => isOver(value))
      await blocks.all(kind, values, (writer, [id, value]) => {
        writer.text(id)
        writer.count(value.length)
        writer.bytes(value)
      })
    }
    const rows = contents.sums.entities.walk((entity, { row }) => expired.row(entity, row))
    await blocks.all('row', rows, writeRow)
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
    // What was deleted leaves the files of slates before the deletion leaves the journal.
    await contents.slates.settled()
    await blocks.all('kept_slate', contents.slates, (writer, [id, { at, userId, isNamed, bytes }]) => {
      writer.text(id)
      writer.time(at)
      writer.byte(isNamed ? 1 : 0)
      writer.text(userId)
      writer.count(bytes.length)
      writer.bytes(bytes)
    })
    const events = contents.events.walk((_, kept) => expired.events(kept))
    await blocks.all('kept_events', events, (writer, [userId, kept]) => {
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

function writeRow(writer: ColumnWriter, [entity, { row, sets }]: readonly [string, Entity]): void {
  writer.text(entity)
  writer.count(row.length)
  for (const cell of row) writer.float64(cell)
  writer.count(sets?.size ?? 0)
  for (const [column, { places, scores }] of sets ?? []) {
    writer.count(column)
    writer.count(places.size)
    for (const [member, place] of places) {
      writer.text(member)
      writer.float64(scores[place])
    }
  }
}

/**
 * Reads a snapshot. Columns get their places by name.
 * @param lateness time for which an event id stays known, in ms
 * @param subjects reads only what names one of them; everything if absent
 * @returns the contents, and the time of the snapshot on the clock of features
 * @throws LiverankError DAMAGED_LOG if the file is not a complete snapshot, LAYOUT_MISMATCH if another version wrote it
 */
export async function readSnapshot(
  path: string,
  layout: SlotLayout,
  lateness: number,
  subjects?: OwnedEntries,
): Promise<{ contents: MemoryContents; now: number }> {
  const contents = new MemoryContents(layout, lateness)
  let began: { now: number; columns: Record<SharedKind, Int32Array> } | undefined
  let blocks = 0
  try {
    for await (const block of readBlocks(path)) {
      const { kind, records, reader } = block
      if (kind === 'head') {
        const { now, names } = head.parse(JSON.parse(reader.text()))
        began = { now, columns: layout.admit(names) }
      } else if (!began) throw new Error('its first block is not a header')
      else if (kind === 'end') {
        const found = end.parse(JSON.parse(reader.text()))
        if (found.blocks !== blocks) throw new Error(`it has ${blocks} blocks instead of ${found.blocks}`)
        return { contents, now: began.now }
      } else if (subjects) for (const keep of ownedRecords(block, subjects)) keep(contents)
      else for (let i = 0; i < records; i++) readRecord(block, contents, { path, layout, columns: began.columns })
      blocks++
    }
    throw new Error('its end is missing')
  } catch (error) {
    if (error instanceof OtherFormatError) throw error
    throw new LiverankError('DAMAGED_LOG', `${path} is not a complete snapshot: ${(error as Error).message}`, { cause: error })
  }
}

/** Yields what keeps each record of a block that is of the subjects. A record of others is passed over. */
function* ownedRecords({ kind, records, reader }: Block, subjects: OwnedEntries): Generator<(contents: MemoryContents) => void> {
  if (!NAMING.has(kind)) return
  for (let i = 0; i < records; i++) {
    const id = reader.text()
    if (kind === 'kept_slate') {
      const slate = readSlate(reader)
      if (subjects.owns({ kind: 'user', id: slate.userId })) yield ({ slates }) => slates.set(id, slate)
      continue
    }
    const isOne = subjects.owns({ kind: kind === 'list' ? 'list' : 'user', id })
    if (kind === 'sampled') {
      if (isOne) yield ({ sample }) => sample.add(id)
    } else if (kind === 'kept_events') {
      const kept = readPacked(reader, reader.count())
      if (isOne) yield ({ events }) => events.set(id, kept)
    } else if (isOne && (kind === 'user' || kind === 'list')) {
      const value = reader.bytes(reader.count())
      yield ({ values }) => values[kind].set(id, value)
    } else reader.skip(reader.count())
  }
}

interface Records {
  readonly path: string
  readonly layout: SlotLayout
  readonly columns: Record<SharedKind, Int32Array>
}

function readRecord({ kind, reader }: Block, contents: MemoryContents, { path, layout, columns }: Records): void {
  switch (kind) {
    case 'user': {
      const id = reader.text()
      const value = reader.bytes(reader.count())
      refuseEarlierFormat(value, path)
      contents.values.user.set(id, value)
      return
    }
    case 'item':
    case 'list':
    case 'models':
    case 'rules':
    case 'keys':
    case 'audit':
    case 'neighbours': {
      const id = reader.text()
      contents.values[kind].set(id, reader.bytes(reader.count()))
      return
    }
    case 'row': {
      const entity = reader.text()
      const shared = kindOf(entity)
      contents.sums.entities.set(entity, readRow(reader, layout.width(shared), columns[shared]))
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
    case 'kept_slate': {
      const id = reader.text()
      contents.slates.set(id, readSlate(reader))
      return
    }
    case 'kept_events': {
      const userId = reader.text()
      contents.events.set(userId, readPacked(reader, reader.count()))
      return
    }
    case 'sampled':
      contents.sample.add(reader.text())
  }
}

function readSlate(reader: ColumnReader): MemorySlate {
  const at = reader.time()
  const isNamed = reader.byte() === 1
  return { at, isNamed, userId: reader.text(), bytes: Buffer.from(reader.bytes(reader.count())) }
}

/** @param places by number in the snapshot, the column of today */
function readRow(reader: ColumnReader, width: number, places: Int32Array) {
  const row = new Float64Array(width)
  const cells = reader.count()
  for (let i = 0; i < cells; i++) row[places[i]] = finite(reader.float64())
  const count = reader.count()
  const sets = count === 0 ? undefined : new Map<number, ScoredMembers>()
  for (let i = 0; i < count; i++) {
    const scored = new ScoredMembers()
    sets?.set(places[reader.count()], scored)
    const members = reader.count()
    for (let j = 0; j < members; j++) scored.add(reader.text(), finite(reader.float64()))
  }
  return { row, sets }
}

/** What is not finite, left by a version that let it in, begins anew. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/**
 * Returns whether a snapshot names one of these subjects, or holds a slate that does.
 * @returns true also for an incomplete file, because it may name any of them
 */
export async function isInSnapshot(path: string, subjects: OwnedEntries): Promise<boolean> {
  try {
    for await (const block of readBlocks(path)) for (const _ of ownedRecords(block, subjects)) return true
    return false
  } catch {
    return true
  }
}
