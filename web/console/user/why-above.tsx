import { useMemo } from 'react'
import { useQuery } from 'urql'
import { featureValueText } from '../../design/feature-value.ts'
import type { ExplainedSlateFragment } from '../../generated/console-user.ts'
import { FeatureLabelsDocument, type FeatureLabelsQuery } from '../../generated/console-user.ts'
import { Bar } from '../bar.tsx'
import type { ShownOperation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { itemName } from '../item-link.tsx'
import { NO_VALUE, numberText, signedText } from '../number-text.ts'
import { Note, Panel } from '../panel.tsx'
import type { Placement } from './placement.ts'
import { type Contribution, type FeatureDifference, scoreDifferences } from './score-difference.ts'
import { texts } from './texts.ts'
import styles from './user.module.css'

export type ShownItem = ExplainedSlateFragment['items'][number]

const { why } = texts
/** The features below these change next to nothing. */
const MOST_SHOWN = 15

/** An item of the slate, with what put it at its place other than its score. */
export type ComparedItem = ShownItem & { readonly placement: Placement | undefined }

export interface WhyAboveProps {
  readonly above: ComparedItem
  readonly below: ComparedItem
  /** The operation that reads the slate. */
  readonly operation: ShownOperation
}

/** Answers why an item of a slate is above another one, feature by feature. */
export function WhyAbove({ above, below, operation }: WhyAboveProps) {
  const labels = useLabels()
  const title = why.title(itemName(above.item), itemName(below.item))
  const [names, rows] = [[above, below].map(({ item }) => itemName(item)), useDifferences(above, below)]
  const columns = useMemo(() => columnsOf(rows, labels, [names[0]!, names[1]!]), [rows, labels, names[0], names[1]])
  if (!above.contributions || !below.contributions)
    return (
      <Panel title={title}>
        <p>{why.none}</p>
      </Panel>
    )
  return (
    <Panel title={title} note={sentence(above, below)}>
      <DataTable
        label={title}
        rows={rows}
        columns={columns}
        keyOf={({ name }) => name}
        operation={operation}
        empty={{ title: why.equal }}
      />
    </Panel>
  )
}

function useDifferences({ contributions: ofAbove }: ComparedItem, { contributions: ofBelow }: ComparedItem): FeatureDifference[] {
  return useMemo(() => scoreDifferences(ofAbove ?? [], ofBelow ?? []).slice(0, MOST_SHOWN), [ofAbove, ofBelow])
}

type Label = NonNullable<FeatureLabelsQuery['accumulators']>[number]['features'][number]

/** Returns what features are called before people who do not know their names. */
function useLabels(): ReadonlyMap<string, Label> {
  const [{ data }] = useQuery({ query: FeatureLabelsDocument, variables: {} })
  return useMemo(
    () => new Map((data?.accumulators ?? []).flatMap(({ features }) => features.map((one) => [one.name, one]))),
    [data],
  )
}

function sentence(above: ComparedItem, below: ComparedItem): string {
  const difference = above.score - below.score
  if (difference === 0) return why.equal
  return difference > 0 ? why.by(numberText(difference)) : why.moved(numberText(-difference), causeOf(above, below))
}

/** Says what put an item above one with a higher score. */
function causeOf(above: ComparedItem, below: ComparedItem): string {
  const isOfOther = below.placement === 'pinned' || below.placement === 'drawn'
  if (isOfOther && (above.placement === undefined || above.placement === 'varied')) return why.causesBelow[below.placement]
  return why.causes[above.placement ?? 'varied']
}

/** @param names of the upper and the lower item */
function columnsOf(
  rows: readonly FeatureDifference[],
  labels: ReadonlyMap<string, Label>,
  names: readonly [string, string],
): Column<FeatureDifference>[] {
  const largest = Math.max(...rows.map(({ difference }) => Math.abs(difference)))
  const part = (side: 'above' | 'below', name: string): Column<FeatureDifference> => ({
    id: side,
    title: why.columns.part(name),
    value: (row) => row[side]?.contribution ?? 0,
    cell: (row) => <Part of={row[side]} unit={labels.get(row.name)?.unit} />,
    isNumber: true,
  })
  return [
    {
      id: 'feature',
      title: why.columns.feature,
      value: ({ name }) => name,
      cell: ({ name }) => (
        <span className={styles.feature}>
          {name}
          <Note>{labels.get(name)?.label}</Note>
        </span>
      ),
    },
    {
      id: 'difference',
      title: why.columns.difference,
      value: ({ difference }) => difference,
      cell: ({ difference }) => <Bar share={difference / largest} text={signedText(difference)} />,
    },
    part('above', names[0]),
    part('below', names[1]),
  ]
}

/** What a feature adds to the score of an item, and its value. */
function Part({ of, unit }: { readonly of: Contribution | undefined; readonly unit: string | null | undefined }) {
  if (!of) return '0'
  return (
    <>
      {signedText(of.contribution)} <Note>({of.value == null ? NO_VALUE : featureValueText(of.value, unit)})</Note>
    </>
  )
}
