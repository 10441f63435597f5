import { type ReactNode, useId } from 'react'
import { classes } from '../design/classes.ts'
import styles from './panel.module.css'

export interface PanelProps {
  readonly title: string
  /** A sentence under the title. */
  readonly note?: ReactNode
  /** Buttons and fields at the right of the title. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A framed part of a section. */
export function Panel({ title, note, actions, children }: PanelProps) {
  const id = useId()
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <header className={styles.head}>
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p className={styles.note}>{note}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </section>
  )
}

export interface ColumnsProps {
  /** Whether each panel is as high as its own content; all of a row are of one height if absent. */
  readonly isRagged?: boolean
  readonly children: ReactNode
}

/** Panels side by side where the page is wide enough. */
export function Columns({ isRagged = false, children }: ColumnsProps) {
  return <div className={classes(styles.columns, isRagged && styles.ragged)}>{children}</div>
}

export interface PartProps {
  readonly title: string
  /** A sentence under the title. */
  readonly note?: ReactNode
  readonly children: ReactNode
}

/** A part of a panel, with a title of its own. */
export function Part({ title, note, children }: PartProps) {
  return (
    <div className={styles.part}>
      <h3>{title}</h3>
      {note && <p className={styles.note}>{note}</p>}
      {children}
    </div>
  )
}

/** A remark in small grey letters. */
export function Note({ children }: { readonly children: ReactNode }) {
  return <span className={styles.note}>{children}</span>
}

/** Names with values, one below the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
