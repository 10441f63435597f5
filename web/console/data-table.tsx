import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { Button } from '../design/button.tsx'
import { classes } from '../design/classes.ts'
import { Notice } from '../design/notice.tsx'
import { operationText, type ShownOperation } from './copied-operation.ts'
import { CopyButton } from './copy-button.tsx'
import { type CellValue, fileName, saveFile, toCsv } from './csv.ts'
import styles from './data-table.module.css'
import { NO_VALUE } from './number-text.ts'
import { Scrolled } from './scrolled.tsx'
import { texts } from './texts.ts'

/** A column of a table. */
export interface Column<Row> {
  /** Name, unique in the table. */
  readonly id: string
  readonly title: string
  /** What is sorted by and exported. */
  readonly value: (row: Row) => CellValue
  /** What is shown; the value if absent. */
  readonly cell?: (row: Row) => ReactNode
  readonly isNumber?: boolean
  /** Whether the cells say what their row is about. The first column if no column has it. */
  readonly isName?: boolean
  /** Whether the cells have something to operate, such as a box to tick: nobody sorts by it, and it is not exported. */
  readonly isControl?: boolean
  /** Whether the cells have sentences: they get room, so that the rows stay low. */
  readonly isWide?: boolean
}

export interface DataTableProps<Row> {
  /** What the table shows, for screen readers. The file that it is saved as has it in its name. */
  readonly label: string
  /** Id of the user or the item whose table it is, so that the files of others have other names. */
  readonly of?: string
  /** Keep it the same array while the rows do not change. */
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  /** The operation that reads the rows. */
  readonly operation: ShownOperation
  /** Said in place of a table without rows. */
  readonly empty: { readonly title: string; readonly advice?: string }
  /** What stands under the table, such as a button for the next page. */
  readonly foot?: ReactNode
  readonly isMarked?: (row: Row) => boolean
}

/** Said again since Safari takes a table that is laid out as cards for plain text. */
const ROLES = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
})

/**
 * A table that can be sorted by each column with values, saved as CSV, and read again by a GraphQL operation. It holds one page of rows.
 * In a narrow place, each row is a card: its name, and below it the other values with the titles of their columns.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, columns, keyOf, operation, empty, foot, isMarked } = props
  const name = columns.find(({ isName }) => isName) ?? columns[0]
  const table = useTable({ features, columns: useDefinitions(columns), data: rows, getRowId: keyOf })
  if (rows.length === 0)
    return (
      <Notice kind="empty" title={empty.title}>
        {empty.advice}
      </Notice>
    )
  const shown = table.getRowModel().rows.map(({ original }) => original)
  return (
    <div className={styles.place}>
      <Scrolled label={texts.table.name(label)}>
        <table {...ROLES.table} className={classes(styles.table, columns.length === 2 && styles.pairs)}>
          <thead {...ROLES.rowgroup}>
            <tr {...ROLES.row} data-title={texts.table.sort}>
              {table.getFlatHeaders().map(({ id, column }, i) => (
                <HeaderCell
                  key={id}
                  title={columns[i]!.title}
                  isNumber={columns[i]!.isNumber ?? false}
                  sorted={column.getIsSorted()}
                  onSort={columns[i]!.isControl ? undefined : column.getToggleSortingHandler()}
                />
              ))}
            </tr>
          </thead>
          <tbody {...ROLES.rowgroup}>
            {shown.map((row) => (
              <tr {...ROLES.row} key={keyOf(row)} className={classes(isMarked?.(row) && styles.marked)}>
                {columns.map((column) => (
                  <Cell key={column.id} column={column} row={row} isName={column === name} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
      <div className={styles.foot}>
        {foot}
        <span className={styles.tools}>
          <Button kind="quiet" size="small" onClick={() => saveFile(fileName(label, props.of), csvOf(columns, shown))}>
            {texts.table.save}
          </Button>
          <CopyButton text={() => operationText(operation)}>{texts.table.copy}</CopyButton>
        </span>
      </div>
    </div>
  )
}

function useDefinitions<Row extends object>(columns: readonly Column<Row>[]): ColumnDef<typeof features, Row>[] {
  return useMemo(
    () =>
      columns.map(({ id, title, value }) => ({
        id,
        header: title,
        accessorFn: (row: Row) => value(row) ?? undefined,
        sortUndefined: 'last',
      })),
    [columns],
  )
}

function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const exported = columns.filter(({ isControl }) => !isControl)
  return toCsv(
    exported.map(({ title }) => title),
    rows.map((row) => exported.map(({ value }) => value(row))),
  )
}

interface CellProps<Row> {
  readonly column: Column<Row>
  readonly row: Row
  /** Whether the cell says what the row is about. */
  readonly isName: boolean
}

function Cell<Row>({ column: { title, value, cell, isNumber, isWide }, row, isName }: CellProps<Row>) {
  return (
    <td
      {...ROLES.cell}
      data-title={title}
      className={classes(isNumber && styles.number, isWide && styles.wide, isName && styles.name)}
    >
      {cell ? cell(row) : <bdi>{String(value(row) ?? NO_VALUE)}</bdi>}
    </td>
  )
}

interface HeaderCellProps {
  readonly title: string
  readonly isNumber: boolean
  readonly sorted: false | 'asc' | 'desc'
  /** Undefined if nobody sorts by the column. */
  readonly onSort: ((event: unknown) => void) | undefined
}

function HeaderCell({ title, isNumber, sorted, onSort }: HeaderCellProps) {
  if (!onSort)
    return (
      <th {...ROLES.columnheader} scope="col" className={styles.control}>
        {title}
      </th>
    )
  const Arrow = sorted === 'asc' ? ArrowUp : ArrowDown
  const order = sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'
  return (
    <th {...ROLES.columnheader} scope="col" aria-sort={order} className={classes(isNumber && styles.number)}>
      <button type="button" onClick={onSort}>
        {title}
        <Arrow size={13} aria-hidden className={sorted ? styles.sorted : styles.unsorted} />
      </button>
    </th>
  )
}
