import { SectionOfIds } from '../section-of-ids.tsx'
import { ItemForm } from './item-form.tsx'
import { ItemList } from './item-list.tsx'
import { ItemPage } from './item-page.tsx'
import { texts } from './texts.ts'

/** The section Items: a list of items, or the page of the one that the address names. */
export default function ItemSection() {
  // Of each item, everything on the page is read anew.
  return (
    <SectionOfIds
      texts={texts}
      list={<ItemList />}
      page={({ id, form }) => <ItemPage key={id} itemId={id} form={form} />}
      formOf={(props) => <ItemForm {...props} />}
    />
  )
}
