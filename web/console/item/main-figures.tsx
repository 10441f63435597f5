import { useMemo } from 'react'
import { type UseQueryState, useQuery } from 'urql'
import { Link } from 'wouter'
import { featureValueText } from '../../design/feature-value.ts'
import { useMedia } from '../../design/use-media.ts'
import { FeatureMeaningsDocument, type FeatureMeaningsQuery, type ItemProfileQuery } from '../../generated/console-item.ts'
import { addressOfFeature } from '../address.ts'
import { Answer } from '../answer.tsx'
import { countText, NO_VALUE } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import styles from './main-figures.module.css'
import { texts } from './texts.ts'

type Meaning = NonNullable<FeatureMeaningsQuery['accumulators']>[number]['features'][number]

const CLICK_RATE = 'clicks per impression'
const COUNT = 'events'

/** Figures of an item that people ask for first, as far as the domain has them: how often each kind of event came, and its click rates. */
export function MainFigures({ profile }: { readonly profile: Pick<UseQueryState<ItemProfileQuery>, 'data' | 'error'> }) {
  const [catalogue] = useQuery({ query: FeatureMeaningsDocument, variables: {} })
  // A figure then takes a row of its own.
  const isNarrow = useMedia('(max-width: 480px)')
  const meanings = useMemo(
    () => mainFigures((catalogue.data?.accumulators ?? []).flatMap(({ features }) => features)),
    [catalogue.data],
  )
  const values = new Map((profile.data?.item?.features ?? []).map(({ name, value }) => [name, value]))
  return (
    <Panel title={texts.figures.title} note={texts.figures.note}>
      <Answer<ItemProfileQuery | FeatureMeaningsQuery> of={profile.data ? catalogue : profile} height={isNarrow ? 550 : 231}>
        {() => (
          <dl className={styles.figures}>
            {meanings.map((meaning) => (
              <Figure key={meaning.name} meaning={meaning} value={values.get(meaning.name)} />
            ))}
          </dl>
        )}
      </Answer>
    </Panel>
  )
}

/** Returns the click rates of items and then the counts of their events, each in the order of the catalogue. */
function mainFigures(all: readonly Meaning[]): Meaning[] {
  const ofItems = all.filter(({ entity }) => entity === 'ITEM')
  return [CLICK_RATE, COUNT].flatMap((wanted) => ofItems.filter(({ unit }) => unit === wanted))
}

interface FigureProps {
  readonly meaning: Meaning
  readonly value: number | null | undefined
}

function Figure({ meaning: { name, label, description, unit }, value }: FigureProps) {
  const text = value == null ? NO_VALUE : unit === COUNT ? countText(value) : featureValueText(value, unit)
  return (
    <div className={unit === CLICK_RATE ? styles.rate : undefined}>
      <dt>
        <Link href={addressOfFeature(name)}>{label}</Link>
      </dt>
      <dd>
        <span className={styles.value}>{text}</span>
        {description !== label && <span className={styles.meaning}>{description}</span>}
      </dd>
    </div>
  )
}
