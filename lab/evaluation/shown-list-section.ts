import { escape as escapeHtml } from 'html-escaper'
import type { ImpressionReport } from './evaluate-impressions.ts'
import { type ListPart, type ShownListFigures, type ShownLists, titleOfPart } from './evaluate-shown-lists.ts'
import { cell, intervalFigure, methodTables, pointsOf, SETTING_TITLES } from './html-parts.ts'
import { SETTINGS } from './setting.ts'
import { LIST_MEASURE_TITLES, LIST_MEASURES } from './within-slate.ts'

/** Returns the part of the report about the order within shown lists; nothing if no list has an order to judge. */
export function shownListSection({ shownLists, systems }: ImpressionReport): string {
  const { figures, differences } = shownLists
  const full = systems[0].method
  const parts = partsOf(shownLists).map(({ setting, part }) => {
    const isOf = (row: ShownListFigures) => row.setting === setting && row.part === part
    const rows = figures.filter(isOf)
    const title = `${titleOfPart(part)}, ${rows[0].lists.toLocaleString('en-US')} lists of ${rows[0].users.toLocaleString('en-US')} users`
    const plot = intervalFigure(
      `MRR, ${setting}, ${titleOfPart(part)}`,
      'mean of 1 / rank of the first clicked item',
      pointsOf(rows, 'mrr', full),
    )
    return `<h4>${escapeHtml(SETTING_TITLES[setting])}; ${escapeHtml(title)}</h4><div class="plots">${plot}</div>
${methodTables(full, titles, rows, differences.filter(isOf), listCells)}`
  })
  if (parts.length === 0) return ''
  return `<h3>Order within shown lists</h3>
<p>One list holds the items that a user saw at once. Recall at k is the share of the clicked items that are among the first k.
shown_order ranks as the list was shown. last_touched puts the items first on which the session acted before, the latest at the top.</p>
${parts.join('\n')}`
}

/** Returns the pairs of a setting and a part of the lists that have figures, in the order of the report. */
export function partsOf({ figures }: ShownLists) {
  const parts = [...new Set(figures.map(({ part }) => part))]
  return SETTINGS.flatMap((setting) => parts.map((part: ListPart) => ({ setting, part })))
}

const titles = LIST_MEASURES.map((measure) => LIST_MEASURE_TITLES[measure])

function listCells(row: ShownListFigures, isDifference: boolean): string[] {
  return LIST_MEASURES.map((measure) => cell(row[measure], row.intervals[measure], isDifference))
}
