import { useMemo } from 'react'
import { useQuery } from 'urql'
import { featureValueText } from '../../design/feature-value.ts'
import type { ExplainedSlateFragment } from '../../generated/console-user.ts'
import { FeatureLabelsDocument, type FeatureLabelsQuery } from '../../generated/console-user.ts'
import { Bar } from '../bar.tsx'
import { itemName } from '../item-link.tsx'
import { NO_VALUE, numberText, signedText } from '../number-text.ts'
import { Note, Panel } from '../panel.tsx'
import { Scrolled } from '../scrolled.tsx'
import { texts as shared } from '../texts.ts'
import type { Placement } from './placement.ts'
import { type FeatureDifference, scoreDifferences } from './score-difference.ts'
import { texts } from './texts.ts'
import styles from './user.module.css'

export type ShownItem = ExplainedSlateFragment['items'][number]

const { why } = texts
/** The features below these change next to nothing. */
const MOST_SHOWN = 15

/** An item of the slate, with what put it at its place other than its score. */
export type ComparedItem = ShownItem & { readonly placement: Placement | undefined }

/** Answers why an item of a slate is above another one, feature by feature. */
export function WhyAbove({ above, below }: { readonly above: ComparedItem; readonly below: ComparedItem }) {
  const labels = useLabels()
  const title = why.title(itemName(above.item), itemName(below.item))
  if (!above.contributions || !below.contributions)
    return (
      <Panel title={title}>
        <p>{why.none}</p>
      </Panel>
    )
  const differences = scoreDifferences(above.contributions, below.contributions).slice(0, MOST_SHOWN)
  const largest = Math.max(...differences.map(({ difference }) => Math.abs(difference)))
  return (
    <Panel title={title} note={sentence(above, below)}>
      <Scrolled label={shared.table.name(title)}>
        <table className={styles.why}>
          <thead>
            <tr>
              <th scope="col">{why.columns.feature}</th>
              <th scope="col">{why.columns.difference}</th>
              {[above, below].map(({ position, item }) => (
                <th key={position} scope="col" className={styles.number}>
                  {itemName(item)}
                  <Note>
                    {why.columns.part} ({why.columns.value})
                  </Note>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {differences.map((one) => (
              <DifferenceRow key={one.name} of={one} largest={largest} label={labels.get(one.name)} />
            ))}
          </tbody>
        </table>
      </Scrolled>
    </Panel>
  )
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

function DifferenceRow({
  of: { name, above, below, difference },
  largest,
  label,
}: {
  readonly of: FeatureDifference
  readonly largest: number
  readonly label: Label | undefined
}) {
  return (
    <tr>
      <th scope="row">
        {name}
        {label && <Note>{label.label}</Note>}
      </th>
      <td>
        <Bar share={difference / largest} text={signedText(difference)} />
      </td>
      {[above, below].map((part, i) => (
        <td key={i === 0 ? 'above' : 'below'} className={styles.number}>
          {part ? (
            <>
              {signedText(part.contribution)}{' '}
              <Note>({part.value == null ? NO_VALUE : featureValueText(part.value, label?.unit)})</Note>
            </>
          ) : (
            '0'
          )}
        </td>
      ))}
    </tr>
  )
}
