import { useParameter } from '../address.ts'
import { IdForm } from '../id-form.tsx'
import { SectionHead } from '../section-head.tsx'
import { ItemList } from './item-list.tsx'
import { ItemPage } from './item-page.tsx'
import { texts } from './texts.ts'

/** The section Items: a list of items, or the page of the one that the address names. */
export default function ItemSection() {
  const [itemId, setItemId] = useParameter('id')
  const form = <IdForm label={texts.find} action={texts.findAction} value={itemId ?? ''} onId={setItemId} />
  if (itemId === null)
    return (
      <>
        <SectionHead title={texts.title} lead={texts.lead} actions={form} />
        <ItemList />
      </>
    )
  // Of each item, everything on the page is read anew.
  return <ItemPage key={itemId} itemId={itemId} form={form} />
}
