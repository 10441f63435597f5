import { omissions } from '../../src/import/log-problems.ts'
import { intervalText } from '../plotting/interval-text.ts'
import type { BootstrapEstimate } from './bootstrap.ts'
import type { NextItemReport } from './evaluate-next-items.ts'
import { printExposure } from './exposure-section.ts'
import { MEASURES, type MethodFigures } from './hit-rate-and-mrr.ts'
import { printImpressions } from './impression-table.ts'
import { SLATE_MEASURES, SLATE_TITLES } from './judge-slates.ts'
import type { Report } from './report-html.ts'
import { ROW_SETS, rowSetName } from './row-sets.ts'
import { SETTINGS } from './setting.ts'
import { printMethods, tableCell } from './table-cell.ts'

/** Prints the figures as tables for a terminal. */
export function printReport(report: Report): void {
  if (report.kind === 'impressions') printImpressions(report)
  else printNextItems(report)
  printExposure(report.exposure)
  for (const line of omissions(report.problems)) console.log(`  ${line}`)
}

function printNextItems(report: NextItemReport): void {
  const { folder, test, systems, tuned, figures, differences, slices, sliceDifferences, lists, recall, delays, slates } = report
  console.log(
    `\n${folder}: ${test.rows} rows of ${test.users} users, ${test.openings} openings, from ${test.from} (split: ${test.split}), ${test.items} items`,
  )
  for (const doubt of report.doubts) console.log(`  ${doubt}`)
  for (const { method, what } of systems) console.log(`  ${method}: ${what}`)
  for (const { method, ...parameters } of tuned) console.log(`  ${method}: ${JSON.stringify(parameters)}`)
  for (const setting of SETTINGS) {
    for (const rowSet of ROW_SETS) {
      const rows = figures.filter((row) => row.setting === setting && row.rowSet === rowSet)
      if (rows.length === 0) continue
      const minus = differences.filter((row) => row.setting === setting && row.rowSet === rowSet)
      const heading = `${setting}, ${rowSetName(rowSet)} (${rows[0].rows})`
      printMethods(heading, ['HR@20', 'MRR@20', 'NDCG@20'], systems[0].method, rows, minus, cells)
    }
  }
  if (slices.length > 0) console.log('\n  Slices')
  for (const { setting, rowSet, slice, method, ...row } of slices)
    console.log(`  ${`${setting} ${rowSet} ${slice} (${row.rows}) ${method}`.padEnd(60)}${cells(row)}`)
  if (sliceDifferences.length > 0) console.log(`\n  Slices, ${systems[0].method} minus`)
  for (const { setting, rowSet, slice, against, ...row } of sliceDifferences)
    console.log(`  ${`${setting} ${rowSet} ${slice} (${row.rows}) ${against}`.padEnd(60)}${cells(row)}`)
  console.log('\n  Lists                          coverage  popularity  diversity')
  for (const { setting, method, coverage, popularity, diversity } of lists)
    console.log(
      `  ${`${setting} ${method}`.padEnd(29)}${coverage.toFixed(4).padStart(10)}${popularity.toFixed(2).padStart(12)}${(diversity?.toFixed(4) ?? '-').padStart(11)}`,
    )
  console.log('\n  Recall@100 of each source, and of all candidates')
  for (const { setting, rowSet, recall: of } of recall)
    console.log(
      `  ${`${setting} ${rowSet}`.padEnd(20)}${Object.entries(of)
        .map(([source, share]) => `${source} ${share.toFixed(4)}`)
        .join('  ')}`,
    )
  if (delays.length > 0)
    console.log('\n  Delays of state: metrics, differences from no delay, and share of rows that continue sooner')
  for (const { rowSet, state, seconds, difference, sooner, ...row } of delays)
    console.log(`  ${`${rowSet} ${state} ${seconds} s`.padEnd(26)}${cells(row)}   ${cells(difference)}${sooner.toFixed(3)}`)
  if (slates.length > 0)
    console.log(
      `\n  Slates of 20, prequential: metrics, and ratio to relevance alone\n  ${''.padEnd(34)}${SLATE_MEASURES.map((measure) => SLATE_TITLES[measure].padEnd(34)).join('')}coverage`,
    )
  for (const { rowSet, rows, variant, figures: of, ofRelevance, coverage } of slates)
    console.log(
      `  ${`${rowSet} (${rows}) ${variant.name}`.padEnd(34)}${SLATE_MEASURES.map((measure) => slateCell(of[measure], ofRelevance[measure])).join('')}${coverage.toFixed(4)}`,
    )
}

/** A figure, and its ratio to relevance alone. */
function slateCell(figure: BootstrapEstimate, { value, low, high }: BootstrapEstimate): string {
  return `${figure.value.toFixed(4)}  ${intervalText(value, low, high)}`.padEnd(34)
}

function cells(row: Pick<MethodFigures, (typeof MEASURES)[number] | 'intervals'>): string {
  return MEASURES.map((measure) => tableCell(row[measure], row.intervals[measure])).join('')
}
