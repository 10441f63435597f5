import { useQuery } from 'urql'
import { featureValueText } from '../../design/feature-value.ts'
import { ShopFeatureMeaningsDocument, type ShopFeatureMeaningsQuery } from '../../generated/shop.ts'
import { texts } from '../texts.ts'
import styles from './contributions.module.css'

const text = texts.why
const DIGITS = { minimumFractionDigits: 4, maximumFractionDigits: 4 }
const signed = new Intl.NumberFormat('en', { ...DIGITS, signDisplay: 'always' })
const plain = new Intl.NumberFormat('en', DIGITS)

type Meaning = NonNullable<ShopFeatureMeaningsQuery['accumulators']>[number]['features'][number]

export interface ContributionsProps {
  readonly baseScore: number
  readonly score: number
  /** The features with the largest effects. */
  readonly contributions: readonly { readonly name: string; readonly value: number | null; readonly contribution: number }[]
}

/** How features raised and lowered the score of an item, as bars. */
export function Contributions({ baseScore, score, contributions }: ContributionsProps) {
  const meanings = useMeanings()
  const rest = score - baseScore - contributions.reduce((sum, { contribution }) => sum + contribution, 0)
  const longest = Math.max(...contributions.map(({ contribution }) => Math.abs(contribution)), Math.abs(rest), 1e-9)
  return (
    <div className={styles.part}>
      <h3>{text.weighed}</h3>
      <p className={styles.note}>{text.weighedMore}</p>
      <ul className={styles.rows}>
        <li className={styles.total}>
          <span>{text.begin}</span>
          <span>{plain.format(baseScore)}</span>
        </li>
        {contributions.map(({ name, value, contribution }) => (
          <li key={name} className={styles.row} title={meanings.get(name)?.description}>
            <span className={styles.name}>
              {meanings.get(name)?.label ?? <code>{name}</code>}
              <span className={styles.value}>
                {value === null ? ` ${text.unknown}` : `: ${featureValueText(value, meanings.get(name)?.unit)}`}
              </span>
            </span>
            <Bar contribution={contribution} longest={longest} />
            <span className={styles.number}>{signed.format(contribution)}</span>
          </li>
        ))}
        <li className={styles.row}>
          <span className={styles.name}>{text.rest}</span>
          <Bar contribution={rest} longest={longest} />
          <span className={styles.number}>{signed.format(rest)}</span>
        </li>
        <li className={styles.total}>
          <span>{text.score}</span>
          <span>{plain.format(score)}</span>
        </li>
      </ul>
    </div>
  )
}

/** A bar to the right for what raised the score, and to the left for what lowered it. */
function Bar({ contribution, longest }: { readonly contribution: number; readonly longest: number }) {
  const width = (Math.abs(contribution) / longest) * 50
  return (
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden className={styles.bar}>
      <rect
        x={contribution < 0 ? 50 - width : 50}
        y={1}
        width={width}
        height={8}
        className={contribution < 0 ? styles.lower : styles.raise}
      />
      <line x1={50} x2={50} y1={0} y2={10} className={styles.axis} />
    </svg>
  )
}

/** Returns what the features mean, by their names. */
function useMeanings(): ReadonlyMap<string, Meaning> {
  const [{ data }] = useQuery({ query: ShopFeatureMeaningsDocument, variables: {} })
  return new Map((data?.accumulators ?? []).flatMap(({ features }) => features.map((one) => [one.name, one])))
}
