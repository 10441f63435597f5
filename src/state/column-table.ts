/** A small table as one array per column, all of one length. */
type Columns = Record<string, unknown[]>
type Row<T extends Columns> = { [K in keyof T]: T[K][number] }

/** Inserts a row at an index from 0. The rows from there on move back by one. */
export function insertRow<T extends Columns>(table: T, at: number, row: Row<T>): void {
  for (const column in table) table[column].splice(at, 0, row[column])
}

/** Removes the row at an index from 0. */
export function removeRow<T extends Columns>(table: T, at: number): void {
  for (const column in table) table[column].splice(at, 1)
}

/** Moves a row to the front. */
export function promoteRow<T extends Columns>(table: T, from: number): void {
  if (from === 0) return
  for (const column in table) {
    const cells = table[column]
    cells.unshift(...cells.splice(from, 1))
  }
}

/** Moves a row to its place among rows sorted by a numeric column, largest first. It goes in front of equal rows. */
export function placeRow<T extends Columns, C extends keyof T>(
  table: T,
  from: number,
  by: T[C] extends number[] ? C : never,
): void {
  const sorted = table[by] as number[]
  const [value] = sorted.splice(from, 1)
  const found = sorted.findIndex((other) => other <= value)
  const to = found < 0 ? sorted.length : found
  sorted.splice(to, 0, value)
  if (to === from) return
  for (const column in table) {
    const cells = table[column]
    if (cells !== sorted) cells.splice(to, 0, ...cells.splice(from, 1))
  }
}

/** Deletes the rows for which `keep` returns false. `keep` sees the unchanged table. */
export function filterRows<T extends Columns>(table: T, rows: number, keep: (row: number) => boolean): void {
  const kept: number[] = []
  for (let row = 0; row < rows; row++) if (keep(row)) kept.push(row)
  if (kept.length === rows) return
  for (const column in table) {
    const cells = table[column]
    for (let i = 0; i < kept.length; i++) cells[i] = cells[kept[i]]
    cells.length = kept.length
  }
}
