import { type ExposureRow, LEAST_USERS } from './exposure.ts'
import { table } from './html-parts.ts'

const TITLES = ['protected attribute', 'value', 'users', 'share of users', 'share of positions'] as const

/** Returns the part of the report about exposure by protected attributes; nothing if the domain uses none. */
export function exposureSection(rows: readonly ExposureRow[]): string {
  if (rows.length === 0) return ''
  return `<h3>Exposure by protected attributes</h3>
<p>Share of the positions that users with a value were shown, beside their share of the users. Values of fewer than ${LEAST_USERS} users count
together. A user may have several values, and other ones later.</p>
${table(TITLES, rows.map(cellsOf))}`
}

/** Prints the exposure as a table for a terminal; nothing if the domain uses no protected attribute. */
export function printExposure(rows: readonly ExposureRow[]): void {
  if (rows.length === 0) return
  const line = (cells: readonly string[]) => `  ${cells.map((cell) => cell.padEnd(22)).join('')}`.trimEnd()
  console.log(`\n  Exposure by protected attributes\n${line(TITLES)}`)
  for (const row of rows) console.log(line(cellsOf(row)))
}

function cellsOf({ attribute, value, users, shareOfUsers, shareOfPositions }: ExposureRow): string[] {
  return [attribute, value, String(users), shareOfUsers.toFixed(4), shareOfPositions.toFixed(4)]
}
