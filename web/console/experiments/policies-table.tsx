import { useMemo } from 'react'
import { classes } from '../../design/classes.ts'
import {
  type IntervalFragment,
  PolicyReportsDocument,
  type PolicyReportsQuery,
  type PolicyReportsQueryVariables,
} from '../../generated/console-experiments.ts'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { countText, numberText, shareText, signedText } from '../number-text.ts'
import styles from './experiments.module.css'
import { Interval, scaleOf } from './interval.tsx'
import { texts } from './texts.ts'

/** Figures of one policy. */
export type Policy = NonNullable<PolicyReportsQuery['policyReport']>[number]

type Rate = 'clickRate' | 'conversionRate' | 'valuePerSlate'

const RATES: readonly {
  readonly rate: Rate
  readonly difference?: 'clickRateDifference' | 'valueDifference'
  readonly text: (value: number) => string
}[] = [
  { rate: 'clickRate', difference: 'clickRateDifference', text: shareText },
  { rate: 'conversionRate', text: numberText },
  { rate: 'valuePerSlate', difference: 'valueDifference', text: numberText },
]

const { columns: titles } = texts

const COUNTS = (['users', 'slates', 'impressions', 'clicks', 'conversions'] as const).map(
  (id): Column<Policy> => ({
    id,
    title: titles[id],
    value: (policy) => policy[id],
    cell: (policy) => countText(policy[id]),
    isNumber: true,
  }),
)

export interface PoliciesTableProps {
  readonly policies: readonly Policy[]
  readonly variables: PolicyReportsQueryVariables
  /** Whether the table has the rates alone, without the numbers that they come from. */
  readonly isBrief?: boolean
}

/** The policies side by side, each rate with its interval. */
export function PoliciesTable({ policies, variables, isBrief = false }: PoliciesTableProps) {
  const columns = useMemo((): Column<Policy>[] => {
    const rates = RATES.map(({ rate, difference, text }): Column<Policy> => {
      const scale = scaleOf(policies.map((policy) => policy[rate]))
      return {
        id: rate,
        title: titles[rate],
        value: (policy) => policy[rate]?.value,
        cell: (policy) => (
          <>
            <Interval estimate={policy[rate]} scale={scale} text={text} />
            {difference && policy[difference] && <Difference of={policy[difference]} text={text} />}
          </>
        ),
      }
    })
    const name: Column<Policy> = { id: 'policy', title: titles.policy, value: ({ policy }) => policy.name }
    return isBrief ? [name, ...COUNTS.slice(1, 2), ...rates.slice(0, 2)] : [name, ...COUNTS, ...rates]
  }, [policies, isBrief])
  return (
    <DataTable
      label={texts.panel}
      rows={policies}
      columns={columns}
      keyOf={({ policy }) => policy.name}
      operation={operation(PolicyReportsDocument, variables)}
      empty={{ title: texts.empty, advice: texts.emptyAdvice }}
    />
  )
}

function Difference({
  of: { value, low, high },
  text,
}: {
  readonly of: IntervalFragment
  readonly text: (value: number) => string
}) {
  const verdict = low > 0 ? 'better' : high < 0 ? 'worse' : 'open'
  const signed = text === shareText ? `${value > 0 ? '+' : ''}${shareText(value)}` : signedText(value)
  return (
    <span className={classes(styles.difference, verdict !== 'open' && styles[verdict])}>
      {texts.against(signed)}: {texts.clear[verdict]}
    </span>
  )
}
