import { dot, lineY, ruleX, selectLast, text } from '@observablehq/plot'
import { COLOURS, chart } from './chart.ts'
import { intervalText } from './interval-text.ts'

/** A metric along the steps of an axis, with 95 % intervals. */
export interface StepLine {
  readonly label: string
  /** Points in the order of the steps. */
  readonly points: readonly { readonly value: number; readonly low: number; readonly high: number }[]
}

interface Point {
  readonly step: string
  readonly label: string
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Draws how metrics change along a few named steps. @returns an SVG picture */
export function stepChart(
  title: string,
  axes: { readonly x: string; readonly y: string },
  steps: readonly string[],
  lines: readonly StepLine[],
): string {
  const rows = lines.flatMap(({ label, points }) => points.map((point, i): Point => ({ step: steps[i], label, ...point })))
  const place = { x: 'step', y: 'value', stroke: 'label' }
  return chart(title, {
    width: 640,
    height: 280,
    marginBottom: 45,
    marginLeft: 60,
    marginRight: 140,
    x: { type: 'point', label: axes.x, domain: [...steps], padding: 0.5 },
    y: { label: axes.y, grid: true, nice: true },
    color: { domain: lines.map(({ label }) => label), range: COLOURS },
    marks: [
      ruleX(rows, { x: 'step', y1: 'low', y2: 'high', stroke: 'label', strokeOpacity: 0.6 }),
      lineY(rows, place),
      dot(rows, { x: 'step', y: 'value', fill: 'label', r: 4, title: (point: Point) => described(point) }),
      text(rows, selectLast({ x: 'step', y: 'value', z: 'label', text: 'label', fill: 'label', textAnchor: 'start', dx: 8 })),
    ],
  })
}

function described({ label, step, value, low, high }: Point): string {
  return `${label}, ${step}: ${intervalText(value, low, high)}`
}
