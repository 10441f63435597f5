import type { ExplainedSlateFragment } from '../../generated/console-user.ts'
import { Bar } from '../bar.tsx'
import { itemName } from '../item-link.tsx'
import { numberText, signedText } from '../number-text.ts'
import { Note, Panel } from '../panel.tsx'
import { Scrolled } from '../scrolled.tsx'
import { texts as shared } from '../texts.ts'
import { type FeatureDifference, scoreDifferences } from './score-difference.ts'
import { texts } from './texts.ts'
import styles from './user.module.css'

export type ShownItem = ExplainedSlateFragment['items'][number]

const { why } = texts
/** The features below these change next to nothing. */
const MOST_SHOWN = 15

/** Answers why an item of a slate is above another one, feature by feature. */
export function WhyAbove({ above, below }: { readonly above: ShownItem; readonly below: ShownItem }) {
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
    <Panel title={title} note={sentence(above.score - below.score)}>
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
              <DifferenceRow key={one.name} of={one} largest={largest} />
            ))}
          </tbody>
        </table>
      </Scrolled>
    </Panel>
  )
}

function sentence(difference: number): string {
  if (difference === 0) return why.equal
  return difference > 0 ? why.by(numberText(difference)) : why.moved(numberText(-difference))
}

function DifferenceRow({
  of: { name, above, below, difference },
  largest,
}: {
  readonly of: FeatureDifference
  readonly largest: number
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <Bar share={difference / largest} text={signedText(difference)} />
      </td>
      {[above, below].map((part, i) => (
        <td key={i === 0 ? 'above' : 'below'} className={styles.number}>
          {part ? (
            <>
              {signedText(part.contribution)} <Note>({numberText(part.value)})</Note>
            </>
          ) : (
            '0'
          )}
        </td>
      ))}
    </tr>
  )
}
