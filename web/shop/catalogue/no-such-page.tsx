import { Link } from 'wouter'
import { texts } from '../texts.ts'
import styles from './no-such-page.module.css'
import { PageHeading } from './page-heading.tsx'

export interface NoSuchPageProps {
  /** What is missing; the page itself if absent. */
  readonly title?: string
  readonly more?: string
}

/** Stands at addresses of the shop that lead nowhere. */
export function NoSuchPage({ title = texts.missingPage, more }: NoSuchPageProps) {
  return (
    <div className={styles.missing}>
      <PageHeading page={title}>{title}</PageHeading>
      {more && <p>{more}</p>}
      <Link href="/">{texts.item.back}</Link>
    </div>
  )
}
