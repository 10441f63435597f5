import type { ReactNode } from 'react'
import { Notice } from '../../design/notice.tsx'
import type { NamedItem } from '../item-link.tsx'
import styles from './trouble-notice.module.css'
import type { Trouble } from './use-found-item.ts'

export interface TroubleNoticeProps {
  readonly of: Trouble
  /** Shows an item that the reader may mean, so that it can be chosen. */
  readonly offer: (item: NamedItem) => ReactNode
}

/** Says why a text does not name one item, and offers those that it fits. */
export function TroubleNotice({ of: { title, note, items }, offer }: TroubleNoticeProps) {
  return (
    <Notice kind="warning" title={title}>
      {note}
      {items.length > 0 && (
        <ul className={styles.offered}>
          {items.map((item) => (
            <li key={item.itemId}>{offer(item)}</li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
