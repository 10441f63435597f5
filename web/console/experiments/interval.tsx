import type { IntervalFragment } from '../../generated/console-experiments.ts'
import { NO_VALUE } from '../number-text.ts'
import styles from './experiments.module.css'

export interface IntervalProps {
  /** A value with its 95 % interval; null if there is too little data. */
  readonly estimate: IntervalFragment | null | undefined
  /** Ends of the scale, the same for all intervals that are to be compared. */
  readonly scale: readonly [from: number, to: number]
  readonly text: (value: number) => string
}

/** An estimate in numbers, and as a dot on a bar from the lower to the upper end of its interval. */
export function Interval({ estimate, scale: [from, to], text }: IntervalProps) {
  if (!estimate) return <span className={styles.none}>{NO_VALUE}</span>
  const { value, low, high } = estimate
  const x = (at: number) => (to === from ? 50 : ((at - from) / (to - from)) * 100)
  return (
    <span className={styles.interval}>
      <span className={styles.value}>
        {text(value)}
        <span className={styles.ends}>
          {text(low)} … {text(high)}
        </span>
      </span>
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden className={styles.track}>
        <rect x={x(low)} width={Math.max(1, x(high) - x(low))} y="3" height="6" className={styles.range} />
        <rect x={x(value) - 0.75} width="1.5" y="0" height="12" className={styles.mark} />
      </svg>
    </span>
  )
}

/** The scale on which all of these intervals fit. */
export function scaleOf(estimates: readonly (IntervalFragment | null | undefined)[]): readonly [number, number] {
  const known = estimates.flatMap((estimate) => estimate ?? [])
  if (known.length === 0) return [0, 1]
  return [Math.min(...known.map(({ low }) => low)), Math.max(...known.map(({ high }) => high))]
}
