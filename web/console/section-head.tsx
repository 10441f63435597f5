import type { ReactNode } from 'react'
import styles from './panel.module.css'

/** Holds the line of a lead that is on its way. */
export const LEAD_TO_COME = '\u00a0'

export interface SectionHeadProps {
  readonly title: ReactNode
  /** What the section shows, in a sentence. */
  readonly lead?: ReactNode
  /** Buttons and fields at the right. */
  readonly actions?: ReactNode
}

/** The head of a section. */
export function SectionHead({ title, lead, actions }: SectionHeadProps) {
  return (
    <header className={styles.sectionHead}>
      <div>
        <h1>{title}</h1>
        {lead && <p className={styles.note}>{lead}</p>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  )
}
