import { useMemo } from 'react'
import { TroubleNotice } from '../found-item/trouble-notice.tsx'
import { useCatalogueSample } from '../found-item/use-catalogue-sample.ts'
import { useFoundItem } from '../found-item/use-found-item.ts'
import { IdForm } from '../id-form.tsx'
import { ItemLink } from '../item-link.tsx'
import type { SectionFormProps } from '../section-of-ids.tsx'
import styles from './item-form.module.css'

/** A field for an item: it takes an id, a title, or a part of the title of a popular item. */
export function ItemForm({ onId, ...shown }: SectionFormProps) {
  const sample = useCatalogueSample()
  const { find, trouble } = useFoundItem(sample)
  const suggestions = useMemo(() => sample.items.map(({ itemId, title }) => ({ id: itemId, title })), [sample])
  const show = async (entered: string) => {
    const itemId = await find(entered)
    if (itemId !== undefined) onId(itemId)
  }
  return (
    <search className={styles.form}>
      <IdForm {...shown} suggestions={suggestions} onId={(entered) => void show(entered)} />
      {trouble && <TroubleNotice of={trouble} offer={(item) => <ItemLink item={item} />} />}
    </search>
  )
}
