import {
  IMPRESSION_SLICES,
  type ImpressionFigures,
  type ImpressionReport,
  LISTED_BY,
  sliceTitle,
} from './evaluate-impressions.ts'
import { type ShownListFigures, titleOfPart } from './evaluate-shown-lists.ts'
import { SETTINGS } from './setting.ts'
import { partsOf } from './shown-list-section.ts'
import { printMethods, tableCell } from './table-cell.ts'
import { LIST_MEASURE_TITLES, LIST_MEASURES } from './within-slate.ts'

/** Prints the figures about impressions as tables for a terminal. */
export function printImpressions(report: ImpressionReport): void {
  const { folder, test, systems, figures, differences } = report
  console.log(
    `\n${folder}: ${test.impressions} impressions from ${test.from} (split: ${test.split}), ordered within ${test.users} users`,
  )
  for (const { method, what } of systems) console.log(`  ${method}: ${what}`)
  for (const setting of SETTINGS) {
    for (const listedBy of LISTED_BY) {
      for (const slice of IMPRESSION_SLICES) {
        const isOf = (row: ImpressionFigures) => row.setting === setting && row.listedBy === listedBy && row.slice === slice
        const rows = figures.filter(isOf)
        if (rows.length === 0) continue
        const within = listedBy === 'surface' ? `, in ${rows[0].lists} lists of a user on one surface` : ''
        const heading = `${setting}${within}${sliceTitle(slice)}`
        printMethods(heading, ['NDCG@10', 'AUC'], systems[0].method, rows, differences.filter(isOf), impressionCells)
      }
    }
  }
  printShownLists(report)
}

function printShownLists({ systems, shownLists }: ImpressionReport): void {
  const { figures, differences } = shownLists
  for (const { setting, part } of partsOf(shownLists)) {
    const isOf = (row: ShownListFigures) => row.setting === setting && row.part === part
    const rows = figures.filter(isOf)
    if (rows.length === 0) continue
    const titles = LIST_MEASURES.map((measure) => LIST_MEASURE_TITLES[measure])
    const heading = `${setting}, ${titleOfPart(part)}: ${rows[0].lists} lists of ${rows[0].users} users`
    printMethods(heading, titles, systems[0].method, rows, differences.filter(isOf), listCells)
  }
}

function impressionCells({ ndcg10, auc, intervals }: ImpressionFigures): string {
  return tableCell(ndcg10, intervals.ndcg10) + tableCell(auc, intervals.auc)
}

function listCells(row: ShownListFigures): string {
  return LIST_MEASURES.map((measure) => tableCell(row[measure], row.intervals[measure])).join('')
}
