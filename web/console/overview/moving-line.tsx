import { areaY, lineY, ruleY } from '@observablehq/plot'
import { useMemo } from 'react'
import { Chart } from '../chart.tsx'
import { type ServiceFigures, SHOWN_MS, type StatusSample } from './status-history.ts'

const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const timeText = (at: Date) => CLOCK.format(at)

export interface MovingLineProps {
  readonly label: string
  readonly samples: readonly StatusSample[]
  /** Lines to draw: a CSS colour each, and the figure. A gap stands where the figure is null. */
  readonly lines: readonly { readonly colour: string; readonly figure: (figures: ServiceFigures) => number | null | undefined }[]
  /** Unit on the axis; without one, the chart has no axes. */
  readonly unit?: string
  readonly height: number
}

/** A chart of the last minutes, whose right end is now. */
export default function MovingLine({ label, samples, lines, unit, height }: MovingLineProps) {
  const options = useMemo(() => {
    const end = samples.at(-1)?.at ?? Date.now()
    const series = lines.map(({ colour, figure }) => ({
      colour,
      points: samples.map(({ at, figures }) => ({ at: new Date(at), value: figure(figures) ?? Number.NaN })),
    }))
    const peak = Math.max(...series.flatMap(({ points }) => points.flatMap(({ value }) => (Number.isNaN(value) ? [] : value))), 0)
    const axis = unit === undefined ? null : ('left' as const)
    return {
      marginLeft: axis ? 40 : 0,
      marginRight: axis ? 14 : 2,
      marginTop: axis ? 20 : 4,
      marginBottom: axis ? 24 : 2,
      x: {
        domain: [new Date(end - SHOWN_MS), new Date(end)],
        type: 'time' as const,
        axis: axis && ('bottom' as const),
        ticks: 5,
        label: null,
        tickFormat: timeText,
      },
      y: {
        domain: [0, peak === 0 ? 1 : peak * (axis ? 1 : 1.15)],
        // The axis reaches a tick above the largest value.
        nice: axis ? 4 : false,
        axis,
        ticks: 4,
        label: unit ?? null,
        grid: axis !== null,
      },
      marks: [
        ruleY([0], { stroke: 'var(--line)' }),
        ...series.flatMap(({ colour, points }, i) => [
          ...(i === 0
            ? [areaY(points, { x: 'at', y: 'value', fill: colour, fillOpacity: 0.1, curve: 'monotone-x' as const })]
            : []),
          lineY(points, { x: 'at', y: 'value', stroke: colour, strokeWidth: 1.75, curve: 'monotone-x' as const }),
        ]),
      ],
    }
  }, [samples, lines, unit])
  return <Chart label={label} height={height} options={options} />
}
