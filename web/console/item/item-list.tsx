import { useMemo } from 'react'
import { useQuery } from 'urql'
import { FindItemsDocument, type FindItemsQuery } from '../../generated/console-item.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { ItemLink } from '../item-link.tsx'
import { numberText, shareText } from '../number-text.ts'
import { usePage } from '../pager.tsx'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'

type ListedItem = NonNullable<FindItemsQuery['items']>['edges'][number]['node']

const PAGE = 25
const { list: said } = texts

const COLUMNS: readonly Column<ListedItem>[] = [
  { id: 'itemId', title: said.columns.item, value: ({ itemId }) => itemId, cell: (item) => <ItemLink item={item} /> },
  {
    id: 'available',
    title: said.columns.available,
    value: ({ available }) => available,
    cell: ({ available }) => (available ? texts.yes : texts.no),
  },
  {
    id: 'popularity',
    title: said.columns.popularity,
    value: ({ popularity }) => popularity,
    cell: ({ popularity }) => numberText(popularity),
    isNumber: true,
  },
  {
    id: 'clickRate',
    title: said.columns.clickRate,
    value: ({ clickRate }) => clickRate,
    cell: ({ clickRate }) => shareText(clickRate),
    isNumber: true,
  },
]

/** The items of the catalogue, those with most interest first, page by page. */
export function ItemList() {
  const { range, pagerOf } = usePage(PAGE)
  const variables = useMemo(() => ({ ...range, orderBy: { feature: 'item_popularity_1d' } }), [range])
  const [list] = useQuery({ query: FindItemsDocument, variables })
  const rows = useMemo(() => (list.data?.items?.edges ?? []).map(({ node }) => node), [list.data])
  return (
    <Panel title={said.title} note={said.note}>
      <Answer of={list} height={560}>
        {({ items }) => (
          <DataTable
            label={said.title}
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            operation={operation(FindItemsDocument, variables)}
            empty={{ title: said.empty, advice: said.advice }}
            foot={items && pagerOf(items.pageInfo)}
          />
        )}
      </Answer>
    </Panel>
  )
}
