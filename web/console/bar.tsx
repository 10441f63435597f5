import styles from './bar.module.css'

export interface BarProps {
  /** Length from -1 to 1, of the longest bar. Negative bars go to the left. */
  readonly share: number
  /** The number that the bar stands for. */
  readonly text: string
}

/** A bar that goes to the right of its middle if it is positive and to the left if it is negative, with its number. */
export function Bar({ share, text }: BarProps) {
  const length = Math.min(1, Math.abs(share)) * 50
  return (
    <span className={styles.bar}>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect
          x={share < 0 ? 50 - length : 50}
          y="1"
          width={length}
          height="8"
          rx="1"
          className={share < 0 ? styles.down : styles.up}
        />
        <line x1="50" x2="50" y1="0" y2="10" className={styles.middle} />
      </svg>
      <span className={styles.text}>{text}</span>
    </span>
  )
}
