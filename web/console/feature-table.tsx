import { useMemo, useState } from 'react'
import type { ShownOperation } from './copied-operation.ts'
import { type Column, DataTable } from './data-table.tsx'
import { TextField } from './field.tsx'
import { NO_VALUE, numberText } from './number-text.ts'
import { texts } from './texts.ts'

/** The value of a feature, as the API returns it. */
export interface NamedFeature {
  readonly name: string
  readonly value?: number | null | undefined
  /** The numbers of a feature with several of them, largest first. */
  readonly breakdown?: readonly { readonly key: string; readonly value: number }[] | null | undefined
}

/** How many numbers of a feature are shown. */
const MOST_PARTS = 3

const COLUMNS: readonly Column<NamedFeature>[] = [
  { id: 'name', title: texts.features.name, value: ({ name }) => name },
  {
    id: 'value',
    title: texts.features.value,
    value: ({ value, breakdown }) => value ?? (breakdown ? partsText(breakdown) : null),
    cell: ({ value, breakdown }) =>
      breakdown ? <bdi>{partsText(breakdown.slice(0, MOST_PARTS)) || NO_VALUE}</bdi> : numberText(value),
    isNumber: true,
  },
]

function partsText(parts: readonly { readonly key: string; readonly value: number }[]): string {
  return parts.map(({ key, value }) => `${key} ${numberText(value)}`).join(', ')
}

export interface FeatureTableProps {
  readonly label: string
  /** Id of what has them. */
  readonly of: string
  readonly features: readonly NamedFeature[]
  readonly operation: ShownOperation
  readonly empty: string
}

/** Features with their values, and a field to find some of them by name. */
export function FeatureTable({ label, of, features, operation, empty }: FeatureTableProps) {
  const [part, setPart] = useState('')
  const shown = useMemo(() => features.filter(({ name }) => name.includes(part.trim())), [features, part])
  return (
    <>
      <TextField label={texts.features.find} type="search" value={part} onChange={({ target }) => setPart(target.value)} />
      <DataTable
        label={label}
        of={of}
        rows={shown}
        columns={COLUMNS}
        keyOf={({ name }) => name}
        operation={operation}
        empty={{ title: features.length === 0 ? empty : texts.features.none }}
      />
    </>
  )
}
