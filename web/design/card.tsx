import type { ReactNode } from 'react'
import styles from './card.module.css'

export interface CardProps {
  readonly title?: string
  /** What stands at the right end of the title, such as buttons. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A framed part of a page. */
export function Card({ title, actions, children }: CardProps) {
  return (
    <section className={styles.card}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.header}>
          {title !== undefined && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {children}
    </section>
  )
}
