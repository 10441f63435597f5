import { classes } from '../../design/classes.ts'
import grid from './product-grid.module.css'
import styles from './tile-placeholders.module.css'

export interface TilePlaceholdersProps {
  /** What is being loaded, for screen readers. */
  readonly label: string
  readonly count: number
  /** Whether the tiles will say why they are recommended. */
  readonly hasReasons: boolean
}

/** Grey fields of the size of tiles, which stand for tiles that are on their way. So nothing jumps when they come. */
export function TilePlaceholders({ label, count, hasReasons }: TilePlaceholdersProps) {
  return (
    <div role="status">
      <span className="unseen">{label}</span>
      <div className={grid.grid}>
        {Array.from({ length: count }, (_, place) => (
          <div key={place} className={classes(styles.tile, hasReasons && styles.withReason)} />
        ))}
      </div>
    </div>
  )
}
