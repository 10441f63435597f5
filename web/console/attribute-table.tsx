import { useMemo } from 'react'
import type { ShownOperation } from './copied-operation.ts'
import { type Column, DataTable } from './data-table.tsx'
import { texts } from './texts.ts'

interface Attribute {
  readonly name: string
  readonly value: string
}

const COLUMNS: readonly Column<Attribute>[] = [
  { id: 'name', title: texts.attributes.name, value: ({ name }) => name },
  { id: 'value', title: texts.attributes.value, value: ({ value }) => value },
]

export interface AttributeTableProps {
  readonly label: string
  /** Id of what has them. */
  readonly of: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly operation: ShownOperation
  readonly empty: string
}

/** Uploaded attributes of a user or an item. */
export function AttributeTable({ label, of, attributes, operation, empty }: AttributeTableProps) {
  const rows = useMemo(() => Object.entries(attributes).map(([name, value]) => ({ name, value: textOf(value) })), [attributes])
  return (
    <DataTable
      label={label}
      of={of}
      rows={rows}
      columns={COLUMNS}
      keyOf={({ name }) => name}
      operation={operation}
      empty={{ title: empty }}
    />
  )
}

/** A text as it is; a list with commas, and anything else as JSON. */
function textOf(value: unknown): string {
  if (Array.isArray(value) && value.length < 50) return value.map(textOf).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
