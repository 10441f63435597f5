import { lineY, selectLast, text } from '@observablehq/plot'
import { COLOURS, chart, titleMark } from './chart.ts'

/** A line through points. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** The content of a chart with lines. */
export interface LineChart {
  readonly title: string
  /** Label of the axis. */
  readonly x: string
  readonly y: string
  /** Start of the y axis; 0 if absent. */
  readonly least?: number
  readonly series: readonly Series[]
}

/** Draws lines over one pair of axes. The axis of x begins at 0. @returns an SVG picture */
export function lineChart({ title, x, y, least = 0, series }: LineChart): string {
  const rows = series.flatMap(({ name, points }) => points.map(([at, value]) => ({ name, at, value })))
  const largest = Math.max(...rows.map(({ value }) => value))
  const line = { x: 'at', y: 'value', stroke: 'name' }
  return chart(title, {
    width: 720,
    marginRight: 170,
    grid: true,
    x: { label: x, zero: true },
    y: { label: y, domain: [least, largest] },
    color: { domain: series.map(({ name }) => name), range: COLOURS },
    marks: [
      titleMark(title),
      lineY(rows, { ...line, strokeWidth: 2 }),
      text(rows, selectLast({ x: 'at', y: 'value', z: 'name', text: 'name', fill: 'name', textAnchor: 'start', dx: 6 })),
    ],
  })
}
