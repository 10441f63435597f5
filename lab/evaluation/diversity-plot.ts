import { basename } from 'node:path'
import { lineChart } from '../plotting/line-chart.ts'
import type { NextItemReport } from './evaluate-next-items.ts'
import type { SlateRow } from './judge-slates.ts'

/**
 * Draws the effects of diversity, relative to relevance alone, on rows whose next item is new to the session. Returns an SVG
 * picture.
 */
export function diversityPlot({ folder, slates }: Pick<NextItemReport, 'folder' | 'slates'>): string {
  const curve = diversityCurve(slates, 'new')
  const series = (name: string, read: (row: SlateRow) => number) => ({
    name,
    points: curve.map((row) => [row.variant.diversity, read(row)] as const),
  })
  const drawn = [
    series('MRR@20', ({ ofRelevance }) => ofRelevance.mrr20.value),
    series('NDCG@10', ({ ofRelevance }) => ofRelevance.ndcg10.value),
    series('diversity, actions', ({ ofRelevance }) => ofRelevance.byActions.value),
    series('diversity, attributes', ({ ofRelevance }) => ofRelevance.byAttributes.value),
    series('coverage', ({ coverage }) => coverage / curve[0].coverage),
  ]
  const lowest = Math.min(...drawn.flatMap(({ points }) => points.map(([, value]) => value)))
  return lineChart({
    title: `Diversity on ${basename(folder)}`,
    x: 'λ of maximal marginal relevance',
    y: 'ratio to relevance alone',
    least: Math.floor(lowest * 20) / 20,
    series: drawn,
  })
}

/** Returns the rows of relevance alone and of each strength of diversity, in this order. */
export function diversityCurve(slates: readonly SlateRow[], rowSet: SlateRow['rowSet']): readonly SlateRow[] {
  return slates.filter((row) => row.rowSet === rowSet && row.variant.needs === undefined && !row.variant.asServed)
}
