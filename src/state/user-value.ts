import { invariant } from '../invariant.ts'
import type { ColumnReader, ColumnType, ColumnWriter, RecordOf, Table } from './column-codec.ts'
import { decayedValue } from './decay.ts'
import { readPackedTable, writePackedTable } from './packed-table.ts'
import { UserLinks } from './user-links.ts'

/**
 * State that one accumulator keeps in a user value. `layout` must rise if the columns change their meaning: bytes of another layout
 * are kept aside, and never misread.
 */
export interface Part<T> {
  readonly name: string
  readonly layout: number
  empty(): T
  /** Returns whether the part is empty. An empty part is left out of the value. */
  isEmpty(part: T): boolean
  write(writer: ColumnWriter, part: T): void
  read(reader: ColumnReader): T
  /** True for a part of `tablePart`. */
  readonly isTable?: true
  /**
   * Describes the part as JSON for people, by the names of its columns: a table as a list of rows. Times are ISO 8601 texts, null for
   * never. A decayed sum stands as its value at the time `at`, in ms, without its epoch.
   */
  describe(part: T, at: number): DescribedRow | DescribedRow[]
}

/** Single values of a part, or a row of its table, by the names of the columns. */
type DescribedRow = { [column: string]: string | number | null }

/** Columns of a part that hold decayed sums and their epochs. */
interface Decaying<S> {
  readonly sum: keyof S & string
  readonly epoch: keyof S & string
  readonly halfLife: number
}

/**
 * Makes a part that is a table, kept as one array per column. Times are written relative to nearby times: the last time column
 * relative to the row before, other time columns relative to it in the same row.
 */
export function tablePart<S extends Record<string, ColumnType>>(
  name: string,
  layout: number,
  schema: S,
  decaying?: Decaying<S>,
): Part<Table<S>> {
  const entries = Object.entries(schema)
  const leading = entries.findLast(([, type]) => type === 'time')?.[0]
  const columns = entries.sort(([a], [b]) => Number(b === leading) - Number(a === leading))
  const first = columns[0][0]
  const packed = {
    names: columns.map(([column]) => column),
    types: columns.map(([, type]) => type),
    timeLeads: leading !== undefined,
  }
  return {
    name,
    layout,
    isTable: true,
    empty: () => {
      const part: Record<string, unknown[]> = {}
      for (const [column] of columns) part[column] = []
      return part as Table<S>
    },
    isEmpty: (part) => part[first].length === 0,
    write: (writer, part) => writePackedTable(writer, packed, part),
    read: (reader) => readPackedTable(reader, packed) as Table<S>,
    describe: (part, at) => {
      const cells: Record<string, (string | number)[]> = part
      return Array.from(part[first], (_, row) =>
        describeRow(
          Object.fromEntries(columns.map(([column, type]) => [column, { type, cell: cells[column][row] }])),
          decaying,
          at,
        ),
      )
    },
  }
}

/** Makes a part of single values. Texts start empty; numbers and times start at 0. */
export function recordPart<S extends Record<string, ColumnType>>(
  name: string,
  layout: number,
  schema: S,
  decaying?: Decaying<S>,
): Part<RecordOf<S>> {
  const columns = Object.entries(schema)
  return {
    name,
    layout,
    empty: () => {
      const part: Record<string, string | number> = {}
      for (const [column, type] of columns) part[column] = type === 'text' ? '' : 0
      return part as RecordOf<S>
    },
    isEmpty: () => false,
    write: (writer, part) => {
      for (const [column, type] of columns) {
        const cell: string | number = part[column]
        if (typeof cell === 'string') writer.text(cell)
        else if (type !== 'text') writer[type](cell)
      }
    },
    read: (reader) => {
      const part: Record<string, string | number> = {}
      for (const [column, type] of columns) part[column] = reader[type]()
      return part as RecordOf<S>
    },
    describe: (part, at) =>
      describeRow(Object.fromEntries(columns.map(([column, type]) => [column, { type, cell: part[column] }])), decaying, at),
  }
}

type TypedRow = { readonly [column: string]: { readonly type: ColumnType; readonly cell: string | number } }

function describeRow<S>(row: TypedRow, decaying: Decaying<S> | undefined, at: number): DescribedRow {
  const described: DescribedRow = {}
  for (const [column, { type, cell }] of Object.entries(row)) {
    if (column === decaying?.epoch) continue
    if (column === decaying?.sum) {
      described[column] = decayedValue(Number(cell), Number(row[decaying.epoch].cell), at, decaying.halfLife)
    } else described[column] = type === 'time' ? timeText(Number(cell)) : cell
  }
  return described
}

/** Returns a time as an ISO 8601 text; null for 0, which stands for never. @param time ms since 1970 */
export function timeText(time: number): string | null {
  return time === 0 ? null : new Date(time).toISOString()
}

/** A JSON value in an upload or event. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
/** A JSON object in an upload or event, such as the attributes of an item. */
export type JsonObject = { [key: string]: Json }

/** Latest decision of a user about consent. */
export interface Consent {
  /** True for given, false for withdrawn. */
  readonly given: boolean
  /** Time at which the user began to hold this decision, in ms of the clock of features. */
  readonly at: number
}

/** State of one user: the result of all their events, in order. Mutable while one record step owns it. */
export class UserValue {
  /** Version of the state. It rises with every change; 0 for a new user. */
  version = 0
  /** Latest event time, in ms; 0 without events. */
  lastEventAt = 0
  latestEventId = ''
  /** Uploaded attributes, kept until they are removed or expire. */
  attributes: JsonObject = {}
  /** Time of the last upload about the user, in ms; 0 if neither attributes nor consent are kept, or the time is unknown. */
  attributesAt = 0
  /** Whether the user has opted out: nothing more is recorded, and recorded state is not used. */
  optedOut = false
  /** Latest decision about consent; undefined if the user has made none, or if a given consent has expired. */
  consent: Consent | undefined = undefined
  readonly links = new UserLinks()
  readonly parts = new Map<string, unknown>()
  /** Unknown parts, or parts of another layout. They are written back unchanged. */
  readonly foreign: { code: number; bytes: Buffer }[] = []

  /** Returns a part; an empty one if the value has none. Always returns the same object: changes to it change the value. */
  get<T>(part: Part<T>): T {
    let held = this.parts.get(part.name) as T | undefined
    if (held === undefined) {
      held = part.empty()
      this.parts.set(part.name, held)
    }
    return held
  }

  /** Whether events under this id count for another user, because the id was merged. */
  get countsElsewhere(): boolean {
    return this.links.owner !== ''
  }

  get isNew(): boolean {
    return this.lastEventAt === 0
  }

  /** Returns the time at which to read decayed sums, in ms: now, or the last event if that is later. */
  timeAt(now: number): number {
    return Math.max(now, this.lastEventAt)
  }
}

const START = Date.UTC(2024, 0, 1)

/**
 * Returns the next version of a user: higher than every earlier version of the same value, and at least the wall clock in seconds
 * since 2024. It fits GraphQL's Int until 2092. After an erasure, versions start again from the wall clock: they may be lower than
 * before if the user changed more than once a second.
 * @param wall time of the wall clock, in ms
 */
export function nextVersion(previous: number, wall: number): number {
  return Math.max(previous + 1, Math.floor((wall - START) / 1000))
}

/** Checks that the version of a user value does not fall. @throws InvariantError if it does */
export function checkVersion(userId: string, before: number, after: number): void {
  invariant(
    after >= before,
    'VERSION_FELL',
    `user ${userId}: version ${before} would fall to ${after}. Nothing of this step was written.`,
  )
}
