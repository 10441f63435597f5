import styles from './tick-box.module.css'

export interface TickBoxProps {
  readonly label: string
  /** Whether the label is for screen readers alone, since what stands beside the box says it. */
  readonly isLabelHidden?: boolean
  readonly isTicked: boolean
  readonly onTick: (isTicked: boolean) => void
}

/** A box to tick, large enough for a finger. */
export function TickBox({ label, isLabelHidden = false, isTicked, onTick }: TickBoxProps) {
  return (
    <label className={styles.tickBox}>
      <input type="checkbox" checked={isTicked} onChange={({ target }) => onTick(target.checked)} />
      <span className={isLabelHidden ? 'unseen' : undefined}>{label}</span>
    </label>
  )
}
