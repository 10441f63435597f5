import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../design/button.tsx'
import { ItemNeighboursDocument, type ItemNeighboursQuery } from '../../generated/console-item.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { ItemLink } from '../item-link.tsx'
import { numberText } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'

type Neighbour = NonNullable<ItemNeighboursQuery['similarItems']>[number]

const { neighbours: said } = texts
const FIRST = 20
/** How many times as many items each click shows. */
const GROWTH = 5
/** The API returns no more. */
const MOST = 500

const COLUMNS: readonly Column<Neighbour>[] = [
  { id: 'item', title: said.columns.item, value: ({ item }) => item.itemId, cell: ({ item }) => <ItemLink item={item} /> },
  {
    id: 'score',
    title: said.columns.score,
    value: ({ score }) => score,
    cell: ({ score }) => numberText(score),
    isNumber: true,
  },
  { id: 'by', title: said.columns.by, value: ({ similarBy }) => similarBy && said.by[similarBy] },
]

/** Items that are similar to an item, the most similar first. */
export function Neighbours({ itemId }: { readonly itemId: string }) {
  const [first, setFirst] = useState(FIRST)
  const variables = { itemId, first }
  const [neighbours] = useQuery({ query: ItemNeighboursDocument, variables })
  const rows = useMemo(() => neighbours.data?.similarItems ?? [], [neighbours.data])
  const hasMore = rows.length === first && first < MOST
  return (
    <Panel title={said.title} note={said.note}>
      <Answer of={neighbours} height={480}>
        {() => (
          <DataTable
            label={said.title}
            of={itemId}
            rows={rows}
            columns={COLUMNS}
            keyOf={({ item }) => item.itemId}
            operation={operation(ItemNeighboursDocument, variables)}
            empty={{ title: said.empty, advice: said.advice }}
            foot={
              hasMore && (
                <Button kind="quiet" size="small" onClick={() => setFirst(Math.min(MOST, first * GROWTH))}>
                  {said.more}
                </Button>
              )
            }
          />
        )}
      </Answer>
    </Panel>
  )
}
