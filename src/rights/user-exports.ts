import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { InvalidInputError } from '../errors.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import { SerialQueue } from '../state/serial-queue.ts'
import type { StateStore } from '../state/store.ts'
import type { JsonObject } from '../state/user-value.ts'
import { Turns } from '../turns.ts'
import { BEYOND_LIMIT, NEXT_PAGE, type Omitted, omittedBy } from './omitted-data.ts'
import { type ExportedRecord, exportPerson, SECTIONS, type Section } from './person-export.ts'

/** Where a page of an export ended. */
interface ExportPlace {
  readonly section: (typeof SECTIONS)[number]
  /** The last record of the page, as `markOf` returns it. */
  readonly mark: string
  /** Whether this page or an earlier one left out a record. */
  readonly lacks: boolean
}

const place = z.tuple([z.enum(SECTIONS), z.string(), z.boolean()])

/** Returns what tells a record from the others of its section. The state of a user changes with time, so its id stands for it. */
function markOf({ section, record }: ExportedRecord): string {
  const text = section === 'users' ? String(record.userId) : JSON.stringify(record)
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** Returns a cursor that names no person. */
function exportCursor({ section, mark, lacks }: ExportPlace): string {
  return Buffer.from(JSON.stringify([section, mark, lacks])).toString('base64url')
}

/** @throws InvalidInputError if the text is not a cursor of an export */
function readExportCursor(cursor: string): ExportPlace {
  try {
    const [section, mark, lacks] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { section, mark, lacks }
  } catch {
    throw new InvalidInputError('Invalid cursor: pass the endCursor of an earlier page of this person.', 'after')
  }
}

export interface UserExportsParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly models: Pick<ServedModels, 'rankerFor'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly limits?: ExportLimits
}

/** Limits of one page of an export. */
export interface ExportLimits {
  /** Most bytes of JSON that its records have together. */
  readonly bytes: number
  /** Longest time of reading, in ms. */
  readonly ms: number
}

/** Limits of a page of the query `exportUser`: 1 MiB of JSON, and 10 s of reading. */
export const EXPORT_LIMITS: ExportLimits = { bytes: 2 ** 20, ms: 10_000 }

/** Bytes of JSON that are read in one turn of the event loop. They take 5 to 10 ms. */
const BYTES_A_TURN = 2 ** 17

/** A page of all that is stored of a person. */
export interface UserExport {
  readonly userId: string
  /** All ids of the person; the owner, for whom events count, first. */
  readonly userIds: readonly string[]
  /** Time of the export, in ms since 1970. */
  readonly exportedAt: number
  readonly data: JsonObject
  /** Where the next page begins; null if this is the last one. */
  readonly endCursor: string | null
  /** Whether this is the last page, and no page lacks anything because of the limits. */
  readonly isComplete: boolean
  readonly omitted: readonly Omitted[]
  /** What was read for the page. */
  readonly read: ExportReading
}

/** What was read for a page of an export. */
export interface ExportReading {
  /** Characters of the log. */
  readonly log: number
  /** Bytes of JSON of the records that were found, also those of earlier pages. */
  readonly records: number
}

/** Exports persons, one at a time: an export reads the whole log. */
export class UserExports {
  readonly #parts: UserExportsParts
  readonly #queue = new SerialQueue()

  constructor(parts: UserExportsParts) {
    this.#parts = parts
  }

  /**
   * Exports all that is stored of a person, under every id of the person, in pages. Changes nothing.
   * @param userId any id of the person
   * @param after the end cursor of the page before; undefined for the first page
   * @throws UnavailableError if the store does not answer
   * @throws InvalidInputError if there is no such cursor, or the data there has changed
   */
  export(userId: string, after?: string): Promise<UserExport> {
    const start = after === undefined ? undefined : readExportCursor(after)
    return this.#queue.run(() => this.#export(userId, start))
  }

  async #export(userId: string, start: ExportPlace | undefined): Promise<UserExport> {
    const { store, clock, models, limits = EXPORT_LIMITS } = this.#parts
    const now = clock.now()
    const end = clock.monotonic() + limits.ms
    let log = 0
    const isOver = (characters: number) => {
      log += characters
      return clock.monotonic() > end
    }
    const parts = { ...this.#parts, now, modelOf: (owner: string) => models.rankerFor(owner)?.name }
    const { userIds, head, records } = await exportPerson(parts, userId, isOver)
    const { sections, next, lacks, read } = await pageOf(records, start, limits.bytes, () => isOver(0))
    const data = { ...head, ...sections }
    const omitted = [...omittedBy(store.name), ...(lacks ? [BEYOND_LIMIT] : []), ...(next ? [NEXT_PAGE] : [])]
    const isComplete = !lacks && next === undefined
    const endCursor = next ? exportCursor(next) : null
    return { userId, userIds, exportedAt: now, data, endCursor, isComplete, omitted, read: { log, records: read } }
  }
}

interface Page {
  readonly sections: Readonly<Record<Section, JsonObject[]>>
  /** Undefined: this is the last page. */
  readonly next: ExportPlace | undefined
  readonly lacks: boolean
  /** Bytes of JSON of the records that were found, also those of earlier pages. */
  readonly read: number
}

/** Reads the records behind a place, as far as one page can hold them. A record that fits no page is left out. */
async function pageOf(
  records: AsyncIterable<ExportedRecord>,
  start: ExportPlace | undefined,
  mostBytes: number,
  isOver: () => boolean,
): Promise<Page> {
  const sections: Record<Section, JsonObject[]> = {
    users: [],
    events: [],
    offlineLists: [],
    slates: [],
    eventIdHashes: [],
    log: [],
  }
  let lacks = start?.lacks ?? false
  let isBehind = start === undefined
  let last: ExportedRecord | undefined
  let [bytes, read] = [0, 0]
  const turns = new Turns(BYTES_A_TURN)
  for await (const found of records) {
    const size = Buffer.byteLength(JSON.stringify(found.record))
    read += size
    await turns.worked(size)
    // The records may also end early by themselves.
    if (isOver()) break
    if (!isBehind) isBehind = found.section === start?.section && markOf(found) === start.mark
    else {
      if (last && bytes + size > mostBytes)
        return { sections, next: { section: last.section, mark: markOf(last), lacks }, lacks, read }
      if (size > mostBytes) lacks = true
      else {
        bytes += size
        sections[found.section].push(found.record)
        last = found
      }
    }
  }
  if (isOver()) lacks = true
  else if (!isBehind) throw new InvalidInputError('The data at this cursor has changed: begin again without it.', 'after')
  return { sections, next: undefined, lacks, read }
}
