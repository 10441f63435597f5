import type { ReactNode } from 'react'
import { featureValueText } from '../../design/feature-value.ts'
import { texts } from '../texts.ts'
import styles from './contributions.module.css'
import type { FeatureMeaning, FeatureMeanings } from './use-feature-meanings.ts'

const text = texts.why
/** Most rows of features with a value. */
const MOST_ROWS = 8
/** Smaller numbers are written as 0. */
const LEAST = 0.000_05
const DIGITS = { minimumFractionDigits: 4, maximumFractionDigits: 4 }
const signed = new Intl.NumberFormat('en', { ...DIGITS, signDisplay: 'always' })
const plain = new Intl.NumberFormat('en', DIGITS)

/** What a feature added to the score. */
interface Contribution {
  readonly name: string
  /** Null if it is not known. */
  readonly value: number | null
  readonly contribution: number
}

export interface ContributionsProps {
  readonly baseScore: number
  readonly score: number
  /** All features of the model, the largest effect first. */
  readonly contributions: readonly Contribution[]
  readonly meanings: FeatureMeanings
}

/** How features raised and lowered the score of an item, as bars. The numbers add up to the score. */
export function Contributions({ baseScore, score, contributions, meanings }: ContributionsProps) {
  const known = contributions.filter(({ value }) => value !== null).slice(0, MOST_ROWS)
  const unknown = contributions.filter(({ value, contribution }) => value === null && Math.abs(contribution) >= LEAST)
  const ofUnknown = sumOf(unknown)
  const rest = score - baseScore - sumOf(known) - ofUnknown
  const longest = Math.max(
    ...[...known, ...unknown].map(({ contribution }) => Math.abs(contribution)),
    Math.abs(rest),
    Math.abs(ofUnknown),
    LEAST,
  )
  const row = (one: Contribution) => (
    <li key={one.name} title={meanings.get(one.name)?.description}>
      <Row contribution={one.contribution} longest={longest}>
        <Meaning feature={one} meaning={meanings.get(one.name)} />
      </Row>
    </li>
  )
  return (
    <div className={styles.part}>
      <h3>{text.weighed}</h3>
      <p className={styles.note}>{text.weighedMore}</p>
      <ul className={styles.rows}>
        <li className={styles.total}>
          <span>{text.begin}</span>
          <span>{plain.format(baseScore)}</span>
        </li>
        {known.map(row)}
        <li>
          <Row contribution={rest} longest={longest}>
            {text.rest}
          </Row>
        </li>
        {unknown.length > 0 && (
          <li>
            <details className={styles.unknown}>
              <summary>
                <Row contribution={ofUnknown} longest={longest}>
                  {text.unknown(unknown.length, ofUnknown)}
                </Row>
              </summary>
              <ul className={styles.rows}>{unknown.map(row)}</ul>
            </details>
          </li>
        )}
        <li className={styles.total}>
          <span>{text.score}</span>
          <span>{plain.format(score)}</span>
        </li>
      </ul>
    </div>
  )
}

function sumOf(contributions: readonly Contribution[]): number {
  return contributions.reduce((sum, { contribution }) => sum + contribution, 0)
}

function Meaning({
  feature: { name, value },
  meaning,
}: {
  readonly feature: Contribution
  readonly meaning: FeatureMeaning | undefined
}) {
  return (
    <>
      {meaning?.label ?? <code>{name}</code>}
      {value !== null && <span className={styles.value}>{`: ${featureValueText(value, meaning?.unit)}`}</span>}
    </>
  )
}

interface RowProps {
  readonly contribution: number
  /** The largest number of all rows, at least 0. */
  readonly longest: number
  readonly children: ReactNode
}

function Row({ contribution, longest, children }: RowProps) {
  return (
    <span className={styles.row}>
      <span className={styles.name}>{children}</span>
      <Bar contribution={contribution} longest={longest} />
      <span className={styles.number}>{signed.format(contribution)}</span>
    </span>
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
