import { dot, type Markish, ruleX, ruleY, text, tickX } from '@observablehq/plot'
import { COLOURS, chart, titleMark } from './chart.ts'
import { intervalText } from './interval-text.ts'

/** Difference of two methods on one log, in one of the series. Bounds are null if unknown. */
export interface ChartedDifference {
  readonly log: string
  readonly series: string
  /** Method that is subtracted. */
  readonly against: string
  readonly value: number
  readonly bounds: { readonly low: number; readonly high: number } | null
  /** Differences above minus this do not matter. */
  readonly margin: number
}

/** Distance of the lines of one log, in pixels. */
const APART = 12
/** Distance of the names of the series, in pixels. */
const NAME_WIDTH = 110

/**
 * Draws differences with their intervals around a line at 0, one log below the other. A grey tick shows minus the margin.
 * @param series names in the order of their lines
 * @returns an SVG picture
 */
export function differenceChart(
  title: string,
  axis: string,
  series: readonly string[],
  differences: readonly ChartedDifference[],
): string {
  const logs = [...new Set(differences.map(({ log }) => log))]
  return chart(title, {
    width: 760,
    height: 110 + 40 * logs.length,
    marginTop: 60,
    marginLeft: 160,
    marginRight: 30,
    marginBottom: 40,
    x: { label: axis, zero: true, grid: true, nice: true },
    y: { label: null, domain: logs },
    marks: [
      titleMark(title),
      ruleX([0]),
      ...series.flatMap((name, i) => {
        const dy = (i - (series.length - 1) / 2) * APART
        const ofSeries = differences.filter((one) => one.series === name)
        const label = text([name], { frameAnchor: 'top-left', dx: i * NAME_WIDTH, dy: -18, fill: COLOURS[i], fontWeight: 'bold' })
        return [label, ...seriesMarks(ofSeries, dy, COLOURS[i])]
      }),
    ],
  })
}

function seriesMarks(differences: readonly ChartedDifference[], dy: number, stroke: string): Markish[] {
  const place = { y: 'log', dy }
  const bounded = differences.flatMap(({ bounds, log }) => (bounds === null ? [] : [{ log, ...bounds }]))
  const margins = differences.map(({ log, margin }) => ({ log, lowest: -margin }))
  return [
    tickX(margins, { ...place, x: 'lowest', stroke: '#999', strokeWidth: 2, insetTop: 12, insetBottom: 12 }),
    ruleY(bounded, { ...place, x1: 'low', x2: 'high', stroke, strokeWidth: 2 }),
    dot(differences, { ...place, x: 'value', fill: stroke, r: 4, title: (one: ChartedDifference) => described(one) }),
  ]
}

function described({ log, series, against, value, bounds }: ChartedDifference): string {
  return `${log}, ${series}, against ${against}: ${intervalText(value, bounds?.low ?? Number.NaN, bounds?.high ?? Number.NaN)}`
}
