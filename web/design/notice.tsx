import { CircleAlert, Inbox, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classes } from './classes.ts'
import styles from './notice.module.css'

const ICONS = { empty: Inbox, warning: TriangleAlert, error: CircleAlert }

export interface NoticeProps {
  /** `empty`: there is nothing yet. `warning`: it works, but not fully. `error`: it failed. */
  readonly kind: keyof typeof ICONS
  readonly title: string
  /** What the reader can do. */
  readonly children?: ReactNode
}

/** What stands where content is missing: it says what is the matter and what to do. Errors are read out by screen readers. */
export function Notice({ kind, title, children }: NoticeProps) {
  const Icon = ICONS[kind]
  return (
    <div className={classes(styles.notice, styles[kind])} role={kind === 'empty' ? undefined : 'alert'}>
      <Icon size={20} aria-hidden className={styles.icon} />
      <div>
        <p className={styles.title}>{title}</p>
        {children && <div className={styles.more}>{children}</div>}
      </div>
    </div>
  )
}

export interface PlaceholderProps {
  /** What is being loaded, for screen readers. */
  readonly label: string
  /** Height in CSS pixels: that of the content, so that nothing jumps when it comes. */
  readonly height: number
}

/** A grey field that stands for content that is on its way. */
export function Placeholder({ label, height }: PlaceholderProps) {
  return (
    <div className={styles.placeholder} style={{ height }} role="status">
      <span className="unseen">{label}</span>
    </div>
  )
}
