import { useMemo } from 'react'
import type { ModelPartsFragment } from '../../generated/console-models.ts'
import { Moment } from '../moment.tsx'
import { NameBars } from '../name-bars.tsx'
import { countText, NO_VALUE, numberText, shareText } from '../number-text.ts'
import { Columns, Facts, Note, Panel, Part } from '../panel.tsx'
import { CalibrationPlot } from './calibration-plot.tsx'
import { texts } from './texts.ts'

const { card: said } = texts
const MOST_BARS = 12

/** What is known about a model: measures of its training, calibration and importance, and how it compares in shadow. */
export function ModelCard({ model }: { readonly model: ModelPartsFragment }) {
  const { name, status, metrics, features, unexplained, training } = model
  const measures = Object.entries(metrics)
  return (
    <Panel title={said.title(name)} note={`${texts.status[status]} · ${said.all(features.length)}`}>
      {status === 'SHADOW' && <Shadow shadow={model.shadow} />}
      <Part title={said.metrics}>
        {measures.length === 0 && <Note>{said.noMetrics}</Note>}
        <Facts facts={measures.map(([measure, value]) => [said.measures[measure] ?? measure, measureText(value)])} />
      </Part>
      {training ? <Training of={training} /> : <Note>{said.noTraining}</Note>}
      {unexplained !== null && (
        <Part title={said.unexplained}>
          <p>{unexplained}</p>
        </Part>
      )}
    </Panel>
  )
}

function Training({ of: { calibration, importance } }: { readonly of: NonNullable<ModelPartsFragment['training']> }) {
  const bars = useMemo(
    () => importance.slice(0, MOST_BARS).map(({ feature, gain }) => ({ name: feature, size: gain })),
    [importance],
  )
  return (
    <Columns>
      <Part title={said.calibration} note={said.calibrationNote}>
        <CalibrationPlot bins={calibration} />
      </Part>
      {bars.length > 0 && (
        <Part title={said.importance} note={said.importanceNote(bars.length, importance.length)}>
          <NameBars label={said.importance} bars={bars} sizeText={shareText} />
        </Part>
      )}
    </Columns>
  )
}

function Shadow({ shadow }: Pick<ModelPartsFragment, 'shadow'>) {
  return (
    <Part title={said.shadow}>
      {shadow ? (
        <Facts
          facts={[
            [said.slates, countText(shadow.slates)],
            [said.overlap, shareText(shadow.overlapAt10)],
            [said.correlation, numberText(shadow.rankCorrelation)],
            [said.since, <Moment key="since" at={shadow.since} />],
          ]}
        />
      ) : (
        <Note>{said.noShadow}</Note>
      )}
    </Part>
  )
}

/** A measure is a number, or a number with the ends of its interval. */
function measureText(measure: unknown): string {
  if (typeof measure === 'number') return Number.isInteger(measure) ? countText(measure) : numberText(measure)
  const { value, low, high } = (measure ?? {}) as Readonly<Record<string, unknown>>
  if (typeof value !== 'number') return measure === null ? NO_VALUE : JSON.stringify(measure)
  const ends = typeof low === 'number' && typeof high === 'number' ? ` (${numberText(low)} … ${numberText(high)})` : ''
  return numberText(value) + ends
}
