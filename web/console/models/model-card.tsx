import type { ModelPartsFragment } from '../../generated/console-models.ts'
import { Moment } from '../moment.tsx'
import { countText, numberText, shareText } from '../number-text.ts'
import { Columns, Facts, Note, Panel } from '../panel.tsx'
import { texts } from './texts.ts'

const { card: said } = texts

/** What is known about a model: measures of its training, and how it compares in shadow. */
export function ModelCard({ model }: { readonly model: ModelPartsFragment }) {
  const { name, status, metrics, features, unexplained, shadow } = model
  const measures = Object.entries(metrics)
  return (
    <Panel title={said.title(name)} note={`${texts.status[status]} · ${said.all(features.length)}`}>
      <Columns>
        <div>
          <h3>{said.metrics}</h3>
          {measures.length === 0 && <Note>{said.noMetrics}</Note>}
          <Facts facts={measures.map(([measure, value]) => [measure, measureText(value)])} />
          <Note>{said.card}</Note>
        </div>
        {status === 'SHADOW' && (
          <div>
            <h3>{said.shadow}</h3>
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
          </div>
        )}
        {unexplained !== null && (
          <div>
            <h3>{said.unexplained}</h3>
            <p>{unexplained}</p>
          </div>
        )}
      </Columns>
    </Panel>
  )
}

/** A measure is a number, or a number with the ends of its interval. */
function measureText(measure: unknown): string {
  if (typeof measure === 'number') return numberText(measure)
  const { value, low, high } = (measure ?? {}) as Readonly<Record<string, unknown>>
  if (typeof value !== 'number') return JSON.stringify(measure)
  const ends = typeof low === 'number' && typeof high === 'number' ? ` (${numberText(low)} … ${numberText(high)})` : ''
  return numberText(value) + ends
}
