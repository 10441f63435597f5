import { ruleX, ruleY } from '@observablehq/plot'
import { COLOURS, chart } from '../plotting/chart.ts'
import { type Coverage, ESTIMATORS } from './simulated-logs.ts'

/** Names for charts and tables, by estimator. */
export const ESTIMATOR_NAMES = { ips: 'IPS', snips: 'SNIPS', dr: 'doubly robust' } as const

interface Interval {
  readonly estimator: string
  readonly log: number
  readonly low: number
  readonly high: number
}

const TITLE = '95 % intervals from a hundred logs'
const MISSES = '#c4281d'

/** Draws the intervals of the first hundred logs, estimator beside estimator. Those that miss the truth are red. @returns an SVG picture */
export function coverageChart({ first, truth }: Coverage): string {
  const percent = (share: number) => 100 * share
  const intervals = first.flatMap((log, i) =>
    ESTIMATORS.map((name): Interval => {
      const { low, high } = log[name]
      return { estimator: ESTIMATOR_NAMES[name], log: i, low: percent(low), high: percent(high) }
    }),
  )
  const colour = ({ low, high }: Interval) => (low <= percent(truth) && percent(truth) <= high ? COLOURS[0] : MISSES)
  return chart(TITLE, {
    width: 760,
    height: 300,
    x: { axis: null },
    y: { label: 'clicks per 100 decisions; the line is the true value', grid: true },
    fx: { label: null, domain: ESTIMATORS.map((name) => ESTIMATOR_NAMES[name]) },
    marks: [
      ruleX(intervals, { fx: 'estimator', x: 'log', y1: 'low', y2: 'high', stroke: colour }),
      ruleY([percent(truth)], { stroke: '#333' }),
    ],
  })
}
