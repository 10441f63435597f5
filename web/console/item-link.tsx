import { Link } from 'wouter'
import { addressOf } from './address.ts'
import styles from './item-link.module.css'
import { Note } from './panel.tsx'

/** An item as tables show it. */
export interface NamedItem {
  readonly itemId: string
  /** The attribute `title`, if the item has one. */
  readonly title?: string | number | boolean | null | undefined
}

/** The title of an item, or its id if it has none. */
export function itemName({ itemId, title }: NamedItem): string {
  return title == null || title === '' ? itemId : String(title)
}

/** A link to the page of an item: its title and its id. */
export function ItemLink({ item }: { readonly item: NamedItem }) {
  const name = itemName(item)
  return (
    <Link href={addressOf('items', item.itemId)} className={styles.link}>
      <bdi>{name}</bdi>
      {name !== item.itemId && (
        <Note>
          <bdi>{item.itemId}</bdi>
        </Note>
      )}
    </Link>
  )
}
