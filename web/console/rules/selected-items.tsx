import { useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { type ItemFilter, ItemsSelectedDocument } from '../../generated/console-rules.ts'
import { itemName } from '../item-link.tsx'
import { Note } from '../panel.tsx'
import { texts } from './texts.ts'

export interface SelectedItemsProps {
  readonly filter: ItemFilter
  /** Said if the filter selects no item. */
  readonly none: string
}

/** How many items a filter selects now. Nothing for a filter that compares items with the user or the screen: it depends on them. */
export function SelectedItems({ filter, none }: SelectedItemsProps) {
  const [{ data }] = useQuery({ query: ItemsSelectedDocument, variables: { filter } })
  const items = data?.items
  if (!items) return null
  if (items.totalCount === 0) return <Notice kind="warning" title={none} />
  const examples = items.edges.map(({ node }) => itemName(node))
  const count = items.totalCount ?? examples.length
  return <Note>{count === 1 ? texts.selected.one(examples[0]!) : texts.selected.some(count, examples.join(', '))}</Note>
}
