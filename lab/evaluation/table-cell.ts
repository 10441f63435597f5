import { intervalText } from '../plotting/interval-text.ts'
import type { Interval } from './hit-rate-and-mrr.ts'

/** Returns a value with its interval, as wide as a column of a terminal table. */
export function tableCell(value: number, interval: Interval): string {
  return intervalText(value, ...interval).padEnd(30)
}

/**
 * Prints a table of methods for a terminal, and below it one method minus each other.
 * @param heading what the figures are about
 * @param titles of the measures
 * @param cells makes the cells of a row in one text, one for each measure
 */
export function printMethods<Row extends { readonly method: string }, Difference extends Row & { readonly against: string }>(
  heading: string,
  titles: readonly string[],
  full: string,
  rows: readonly Row[],
  differences: readonly Difference[],
  cells: (row: Row) => string,
): void {
  console.log(`\n  ${heading}\n  ${''.padEnd(26)}${titles.map((title) => title.padEnd(30)).join('')}`.trimEnd())
  for (const row of rows) console.log(`  ${row.method.padEnd(26)}${cells(row)}`)
  console.log(`  ${full} minus`)
  for (const row of differences) console.log(`    ${row.against.padEnd(24)}${cells(row)}`)
}
