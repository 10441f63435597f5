import type { ColumnReader, ColumnType, ColumnWriter, RecordOf, Table } from './column-codec.ts'
import { decayedValue } from './decay.ts'
import { readPackedTable, writePackedTable } from './packed-table.ts'

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
  /** Reads the part as it stood in values of format 2. Absent if it has not changed since. */
  readFormer?(reader: ColumnReader): T
  /**
   * Describes the part as JSON for people, by the names of its columns: a table as a list of rows. Times are ISO 8601 texts, null for
   * never. A decayed sum stands as its value at the time `at`, in ms, without its epoch.
   */
  describe(part: T, at: number): DescribedRow | DescribedRow[]
}

/** Single values of a part, or a row of its table, by the names of the columns. */
export type DescribedRow = { [column: string]: string | number | null }

/** Columns of a part that hold decayed sums and their epochs. */
export interface Decaying<S> {
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
    empty: () => {
      const part: Record<string, unknown[]> = {}
      for (const [column] of columns) part[column] = []
      return part as Table<S>
    },
    isEmpty: (part) => part[first].length === 0,
    write: (writer, part) => writePackedTable(writer, packed, part),
    read: (reader) => readPackedTable(reader, packed) as Table<S>,
    readFormer: (reader) => {
      const rows = reader.count()
      const part: Record<string, (string | number)[]> = {}
      for (const [column, type] of columns) {
        if (type !== 'time') part[column] = reader.cells(type, rows)
        else part[column] = reader.times(rows, column === leading ? undefined : (part[leading!] as number[]))
      }
      return part as Table<S>
    },
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
