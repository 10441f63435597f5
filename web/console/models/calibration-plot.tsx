import { dot, line } from '@observablehq/plot'
import { useMemo } from 'react'
import type { ModelPartsFragment } from '../../generated/console-models.ts'
import { Chart } from '../chart.tsx'
import { shareText } from '../number-text.ts'
import { texts } from './texts.ts'

/** Predicted and observed shares of clicks of a group of rows. */
export type CalibrationBin = NonNullable<ModelPartsFragment['training']>['calibration'][number]

const { card: said } = texts
const HEIGHT_PX = 300

/** How well the predictions of a model fit what users did, on the rows of the test. */
export function CalibrationPlot({ bins }: { readonly bins: readonly CalibrationBin[] }) {
  const options = useMemo(() => {
    const top = Math.max(0.001, ...bins.flatMap(({ predicted, observed }) => [predicted, observed])) * 1.1
    const axis = { type: 'sqrt' as const, domain: [0, top], ticks: 5, tickFormat: shareText, grid: true }
    const ends = [0, top].map((share) => ({ predicted: share, observed: share }))
    return {
      marginLeft: 48,
      marginBottom: 36,
      x: { ...axis, label: said.predicted },
      y: { ...axis, label: said.observed },
      marks: [
        line(ends, { x: 'predicted', y: 'observed', stroke: 'var(--line-strong)', strokeDasharray: '4 4' }),
        line(bins, { x: 'predicted', y: 'observed', stroke: 'var(--accent)', strokeOpacity: 0.4 }),
        dot(bins, { x: 'predicted', y: 'observed', fill: 'var(--accent)', r: 4 }),
      ],
    }
  }, [bins])
  const spoken = bins.map(({ predicted, observed }) => `${shareText(predicted)} ${shareText(observed)}`).join(', ')
  return <Chart label={`${said.calibrationChart}: ${spoken}`} height={HEIGHT_PX} options={options} />
}
