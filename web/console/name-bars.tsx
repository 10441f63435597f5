import { barX, text } from '@observablehq/plot'
import { useMemo } from 'react'
import { Chart } from './chart.tsx'

const ROW_PX = 24
/** Room for a name of a feature, in CSS pixels; the letters of the chart are this wide, about. */
const MOST_LETTERS = 34
const LETTER_PX = 6.2

/** A named size, 0 or more. */
export interface NamedSize {
  readonly name: string
  readonly size: number
}

export interface NameBarsProps {
  /** What the bars show: screen readers say it before the names and sizes. */
  readonly label: string
  /** From top to bottom. Keep it the same array while nothing changes. */
  readonly bars: readonly NamedSize[]
  readonly sizeText: (size: number) => string
}

/** Bars one below the other, each with its name and size. */
export function NameBars({ label, bars, sizeText }: NameBarsProps) {
  const options = useMemo(() => {
    const letters = Math.min(MOST_LETTERS, Math.max(0, ...bars.map(({ name }) => name.length)))
    return {
      marginLeft: Math.ceil(letters * LETTER_PX) + 12,
      marginRight: 68,
      marginTop: 4,
      marginBottom: 4,
      x: { axis: null, domain: [0, Math.max(Number.MIN_VALUE, ...bars.map(({ size }) => size))] },
      y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0 },
      marks: [
        barX(bars, { x: 'size', y: 'name', fill: 'var(--accent)', rx: 2, insetTop: 2, insetBottom: 2 }),
        text(bars, { x: 'size', y: 'name', text: ({ size }: NamedSize) => sizeText(size), textAnchor: 'start', dx: 6 }),
      ],
    }
  }, [bars, sizeText])
  const spoken = bars.map(({ name, size }) => `${name} ${sizeText(size)}`).join(', ')
  return <Chart label={`${label}: ${spoken}`} height={bars.length * ROW_PX + 8} options={options} />
}
