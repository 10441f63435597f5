import { useMemo } from 'react'
import { useQuery } from 'urql'
import { FeatureByValueDocument, type FeatureByValueQuery } from '../../generated/console-features.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { numberText } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'

type Row = NonNullable<FeatureByValueQuery['attributeFeatures']>[number]

const { byValue: said } = texts
const ROWS = 25

const COLUMNS: readonly Column<Row>[] = [
  { id: 'value', title: said.columns.value, value: ({ value }) => value },
  {
    id: 'figure',
    title: said.columns.figure,
    value: ({ features: [one] }) => one?.value,
    cell: ({ features: [one] }) => numberText(one?.value),
    isNumber: true,
  },
]

/** A feature of each value of an attribute, such as of each brand. */
export function ByValue({ name, attribute }: { readonly name: string; readonly attribute: string }) {
  const variables = { attribute, name, first: ROWS }
  const [values] = useQuery({ query: FeatureByValueDocument, variables })
  const rows = useMemo(() => values.data?.attributeFeatures ?? [], [values.data])
  return (
    <Panel title={said.title(name, attribute)} note={said.note}>
      <Answer of={values} height={320}>
        {() => (
          <DataTable
            label={said.title(name, attribute)}
            rows={rows}
            columns={COLUMNS}
            keyOf={({ value }) => value}
            operation={operation(FeatureByValueDocument, variables)}
            empty={{ title: said.empty }}
          />
        )}
      </Answer>
    </Panel>
  )
}
