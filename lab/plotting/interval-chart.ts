import { dot, ruleY, text } from '@observablehq/plot'
import { COLOURS, chart } from './chart.ts'
import { intervalText } from './interval-text.ts'

/** The metric of one method with its 95 % interval. */
export interface Interval {
  readonly label: string
  readonly value: number
  readonly low: number
  readonly high: number
  /** Whether the chart is about this method. */
  readonly isMain: boolean
}

/** Draws one metric of several methods, each as a point with its interval. @param axis says what is measured @returns an SVG picture */
export function intervalChart(title: string, axis: string, intervals: readonly Interval[]): string {
  const rows = [...intervals]
  const [main, other] = COLOURS
  const colour = ({ isMain }: Interval) => (isMain ? other : main)
  return chart(title, {
    width: 640,
    height: 80 + 24 * rows.length,
    marginLeft: 150,
    marginRight: 60,
    x: { label: axis, zero: true, grid: true },
    y: { label: null, domain: rows.map(({ label }) => label) },
    marks: [
      ruleY(rows, { y: 'label', x1: 'low', x2: 'high', stroke: colour, strokeWidth: 2 }),
      dot(rows, { y: 'label', x: 'value', fill: colour, r: 4.5, title: (row: Interval) => described(row) }),
      text(rows, {
        y: 'label',
        x: ({ value, high }: Interval) => (Number.isNaN(high) ? value : high),
        text: ({ value }: Interval) => value.toFixed(3),
        textAnchor: 'start',
        dx: 8,
      }),
    ],
  })
}

function described({ label, value, low, high }: Interval): string {
  return `${label}: ${intervalText(value, low, high)}`
}
