import { escape as escapeHtml } from 'html-escaper'
import { omittedCounts } from '../../src/import/log-problems.ts'
import {
  IMPRESSION_SLICES,
  type ImpressionFigures,
  type ImpressionReport,
  LISTED_BY,
  sliceTitle,
} from './evaluate-impressions.ts'
import { exposureSection } from './exposure-section.ts'
import { cell, intervalFigure, methodTables, nameOf, pointsOf, SETTING_TITLES } from './html-parts.ts'
import { SETTINGS } from './setting.ts'
import { shownListSection } from './shown-list-section.ts'

/** Returns the part of the report about impressions. @param number of the log, from 0 */
export function impressionSection(report: ImpressionReport, number: number): string {
  const { folder, events, test, systems, figures, differences } = report
  const facts: [string, string][] = [
    ['events', events.toLocaleString('en-US')],
    ['test period', `from ${test.from} (${test.split === 'declared' ? 'declared in the events' : 'by time'})`],
    ['impressions', test.impressions.toLocaleString('en-US')],
    ['omitted', omittedCounts(report.problems)],
    ['users', `${test.users.toLocaleString('en-US')} who clicked some of their impressions, but not all`],
    ...systems.map(({ method, what }): [string, string] => [method, what]),
  ]
  const parts = SETTINGS.flatMap((setting) =>
    LISTED_BY.flatMap((listedBy) => IMPRESSION_SLICES.map((slice) => ({ setting, listedBy, slice }))),
  )
  const sections = parts.map(({ setting, listedBy, slice }) => {
    const isOf = (row: ImpressionFigures) => row.setting === setting && row.listedBy === listedBy && row.slice === slice
    const rows = figures.filter(isOf)
    if (rows.length === 0) return ''
    const where = `${listedBy === 'surface' ? ', on one surface' : ''}${sliceTitle(slice)}`
    const plots = (['ndcg10', 'auc'] as const).map((measure) =>
      intervalFigure(
        `${measure === 'auc' ? 'AUC' : 'NDCG@10'}, ${setting}${where}`,
        listedBy === 'user'
          ? 'mean over users: one list holds all impressions of a user in the test period'
          : 'mean over users and surfaces: one list holds the impressions of a user on one surface',
        pointsOf(rows, measure, systems[0].method),
      ),
    )
    return `<h3>${escapeHtml(SETTING_TITLES[setting])}${where}</h3><div class="plots">${plots.join('')}</div>
${methodTables(systems[0].method, ['NDCG@10', 'AUC'], rows, differences.filter(isOf), impressionCells)}`
  })
  return `<section id="log${number}"><h2>${escapeHtml(nameOf(folder))}, impressions</h2>
<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
${sections.join('\n')}
${shownListSection(report)}
${exposureSection(report.exposure)}</section>`
}

function impressionCells({ ndcg10, auc, intervals }: ImpressionFigures, isDifference: boolean): string[] {
  return [cell(ndcg10, intervals.ndcg10, isDifference), cell(auc, intervals.auc, isDifference)]
}
