import type { ReactNode } from 'react'
import styles from './scrolled.module.css'

/** Content that may be larger than its place. It scrolls, with the keyboard too. @param props.label its name for screen readers */
export function Scrolled({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard.
    <section className={styles.scrolled} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}
