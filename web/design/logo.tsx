import styles from './logo.module.css'

/** The name of the product, with its mark: a ranking. */
export function Logo() {
  return (
    <span className={styles.logo}>
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden fill="none" strokeWidth="3" strokeLinecap="round">
        <path d="M4 6h16M4 12h11M4 18h6" stroke="currentColor" />
      </svg>
      <span className={styles.name}>Liverank</span>
    </span>
  )
}
