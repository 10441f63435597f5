import { rectY, ruleX, ruleY } from '@observablehq/plot'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { FeatureDistributionDocument, type FeatureDistributionQuery } from '../../generated/console-features.ts'
import { Answer } from '../answer.tsx'
import { Chart } from '../chart.tsx'
import { numberText } from '../number-text.ts'
import { Facts, Panel } from '../panel.tsx'
import type { CataloguedFeature } from './catalogued-feature.ts'
import { texts } from './texts.ts'

type Summary = NonNullable<FeatureDistributionQuery['featureSummary']>[number]

const { distribution: said } = texts

/** How the values of a feature are distributed over all users, items or attribute values. */
export function Distribution({ feature: { name, entity, description, missing } }: { readonly feature: CataloguedFeature }) {
  const [summary] = useQuery({ query: FeatureDistributionDocument, variables: { entity, name } })
  return (
    <Panel title={said.title(name)} note={description}>
      <Answer of={summary} height={320}>
        {({ featureSummary }) => {
          const [one] = featureSummary ?? []
          if (!one) return null
          return one.count === 0 ? (
            <Notice kind="empty" title={said.none}>
              {missing}
            </Notice>
          ) : (
            <Values of={one} />
          )
        }}
      </Answer>
    </Panel>
  )
}

function Values({ of }: { readonly of: Summary }) {
  const { name, count, missing, sampleSize, mean, stddev, min, max, quantiles, histogram } = of
  const options = useMemo(
    () => ({
      marginLeft: 44,
      x: { label: null, tickSpacing: 64 },
      y: { label: null, grid: true, nice: 4, ticks: 4 },
      marks: [
        rectY(histogram, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--accent)', insetLeft: 1 }),
        ...(mean === null ? [] : [ruleX([mean], { stroke: 'var(--text)', strokeDasharray: '3 3' })]),
        ruleY([0], { stroke: 'var(--line-strong)' }),
      ],
    }),
    [histogram, mean],
  )
  return (
    <>
      <Chart label={`${said.chart(name)}: ${said.mean} ${numberText(mean)}`} height={200} options={options} />
      <p>{said.about(count, missing, sampleSize)}</p>
      <Facts
        facts={[
          [said.mean, numberText(mean)],
          [said.stddev, numberText(stddev)],
          [said.min, numberText(min)],
          ...quantiles.map(({ quantile, value }) => [said.quantile(quantile), numberText(value)] as const),
          [said.max, numberText(max)],
        ]}
      />
    </>
  )
}
