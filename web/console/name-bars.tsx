import styles from './name-bars.module.css'

/** A named size, 0 or more. */
export interface NamedSize {
  readonly name: string
  readonly size: number
}

export interface NameBarsProps {
  /** What the bars show: screen readers say it before the names and sizes. */
  readonly label: string
  /** From top to bottom. */
  readonly bars: readonly NamedSize[]
  readonly sizeText: (size: number) => string
}

/** Bars one below the other, each with its name and size. In a narrow place, the names stand above the bars. */
export function NameBars({ label, bars, sizeText }: NameBarsProps) {
  const most = Math.max(Number.MIN_VALUE, ...bars.map(({ size }) => size))
  const spoken = bars.map(({ name, size }) => `${name} ${sizeText(size)}`).join(', ')
  return (
    <div className={styles.place} role="img" aria-label={`${label}: ${spoken}`}>
      <div className={styles.bars}>
        {bars.map(({ name, size }) => (
          <div key={name} className={styles.row}>
            <span className={styles.name}>{name}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden className={styles.bar}>
              <rect width={(size / most) * 100} height="10" />
            </svg>
            <span className={styles.size}>{sizeText(size)}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
