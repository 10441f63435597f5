import { Link } from 'wouter'
import { Notice } from '../../design/notice.tsx'
import { texts } from '../texts.ts'

/** Stands at addresses of the shop that lead nowhere. */
export function NoSuchPage() {
  return (
    <Notice kind="empty" title={texts.missingPage}>
      <Link href="/">{texts.item.back}</Link>
    </Notice>
  )
}
