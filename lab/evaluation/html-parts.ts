import { escape as escapeHtml } from 'html-escaper'
import { intervalChart } from '../plotting/interval-chart.ts'
import { intervalText } from '../plotting/interval-text.ts'
import { stepChart } from '../plotting/step-chart.ts'
import type { Interval } from './hit-rate-and-mrr.ts'
import type { Setting } from './setting.ts'

/** What still learns in the test period, by setting, for headings. */
export const SETTING_TITLES: Record<Setting, string> = {
  static: 'static: in the test period, only the session of the row is learned',
  prequential: 'prequential: all state learns through the test period, and each row is ranked before it is learned',
}

/** Returns a chart below its title. */
export function figure(title: string, svg: string): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${svg}</figure>`
}

/** Returns a chart of intervals below its title. */
export function intervalFigure(title: string, ...rest: Tail<Parameters<typeof intervalChart>>): string {
  return figure(title, intervalChart(title, ...rest))
}

/** Returns a chart of steps below its title. */
export function stepFigure(title: string, ...rest: Tail<Parameters<typeof stepChart>>): string {
  return figure(title, stepChart(title, ...rest))
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never

/** Returns a value with its interval. @param isDifference whether a value above 0 gets a sign */
export function cell(value: number, interval: Interval, isDifference: boolean): string {
  return `${isDifference && value > 0 ? '+' : ''}${intervalText(value, ...interval)}`
}

/** Returns a table. The texts need not be escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cellsOfRow: readonly string[]) =>
    `<tr>${cellsOfRow.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table><thead>${line('th', head)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>`
}

/** Figures of one method. */
export interface FiguresOfMethod<M extends string> {
  readonly method: string
  readonly intervals: Readonly<Record<M, Interval>>
}

/** Returns the points of a chart that compares methods by a measure. @param full name of the method that stands out */
export function pointsOf<M extends string>(
  rows: readonly (FiguresOfMethod<M> & Readonly<Record<M, number>>)[],
  measure: M,
  full: string,
) {
  return rows.map((row) => {
    const [low, high] = row.intervals[measure]
    return { label: row.method, value: row[measure], low, high, isMain: row.method === full }
  })
}

/**
 * Returns a table of methods, and below it, folded, a table of one method minus each other.
 * @param titles of the measures
 * @param cells makes the cells of a row, one for each measure
 */
export function methodTables<Row extends { readonly method: string }, Difference extends Row & { readonly against: string }>(
  full: string,
  titles: readonly string[],
  rows: readonly Row[],
  differences: readonly Difference[],
  cells: (row: Row, isDifference: boolean) => string[],
): string {
  const ofMethods = rows.map((row) => [row.method, ...cells(row, false)])
  const ofDifferences = differences.map((row) => [row.against, ...cells(row, true)])
  return `${table(['method', ...titles], ofMethods)}
<details><summary>${escapeHtml(full)} minus each other method, with paired intervals</summary>${table(['against', ...titles], ofDifferences)}</details>`
}

/** Returns the name of a log: the last part of its path. */
export function nameOf(folder: string): string {
  return folder.replace(/\/+$/, '').split('/').pop() ?? folder
}
