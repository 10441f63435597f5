import styles from './sparkline.module.css'

export interface SparklineProps {
  /** Figures at equal distances in time, the latest last; at least 0. */
  readonly values: readonly number[]
  /** Number of figures that fill the width. */
  readonly length: number
  /** What the line shows, for screen readers. */
  readonly label: string
}

const WIDTH = 200
const HEIGHT = 40

/** A small line of the latest values of a figure. Its top is the largest value, so it shows changes and not sizes. */
export function Sparkline({ values, length, label }: SparklineProps) {
  const top = Math.max(...values, 1e-9)
  const x = (i: number) => ((length - values.length + i) / (length - 1)) * WIDTH
  const points = values.map((value, i) => `${x(i).toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 6)).toFixed(1)}`)
  const area = points.length > 1 ? `M${x(0)},${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z` : ''
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label} className={styles.chart}>
      <path d={area} className={styles.area} />
      <polyline points={points.join(' ')} className={styles.line} />
    </svg>
  )
}
