import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { FeatureCatalogueDocument, FeatureDriftDocument } from '../../generated/console-features.ts'
import { addressOfFeature, useParameter } from '../address.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Choice, FieldRow, TextField } from '../field.tsx'
import { numberText } from '../number-text.ts'
import { Columns, Note, Panel } from '../panel.tsx'
import { SectionHead } from '../section-head.tsx'
import { ByValue } from './by-value.tsx'
import { type CataloguedFeature, featuresOf } from './catalogued-feature.ts'
import { Distribution } from './distribution.tsx'
import { driftsOf, largestDrifts, type ModelDrift } from './drift-of-feature.ts'
import { DriftPanel } from './drift-panel.tsx'
import { FeatureLinks } from './feature-links.tsx'
import styles from './features.module.css'
import { attributeOf, sameFigure } from './same-figure.ts'
import { texts } from './texts.ts'
import { UnknownFeature } from './unknown-feature.tsx'

/** Entities of which the API knows distributions. */
const SUMMARISED: readonly CataloguedFeature['entity'][] = ['USER', 'ITEM', 'ATTRIBUTE']
const ENTITIES = Object.keys(texts.entities) as CataloguedFeature['entity'][]
/** Of thousands of rows, nobody reads more. */
const MOST_ROWS = 100

const columnsOf = (drifts: ReadonlyMap<string, number>): readonly Column<CataloguedFeature>[] => [
  {
    id: 'name',
    title: texts.columns.name,
    value: ({ name }) => name,
    cell: ({ name }) => <Link href={addressOfFeature(name)}>{name}</Link>,
  },
  { id: 'entity', title: texts.columns.entity, value: ({ entity }) => texts.entities[entity] },
  { id: 'unit', title: texts.columns.unit, value: ({ unit }) => unit },
  {
    id: 'description',
    title: texts.columns.description,
    value: ({ description }) => description,
    isWide: true,
    cell: ({ description }) => (
      <span className={styles.shortened} title={description}>
        {description}
      </span>
    ),
  },
  { id: 'models', title: texts.columns.models, value: ({ models }) => models.join(', ') || null },
  {
    id: 'drift',
    title: texts.columns.drift,
    value: ({ name }) => drifts.get(name),
    cell: ({ name }) => numberText(drifts.get(name)),
    isNumber: true,
  },
]

/** The section Features: the catalogue, and the distribution of the feature that the address names. */
export default function FeaturesSection() {
  const [name] = useParameter('name')
  const [catalogue] = useQuery({ query: FeatureCatalogueDocument })
  const [{ data: models }] = useQuery({ query: FeatureDriftDocument })
  const columns = useMemo(() => columnsOf(largestDrifts(models)), [models])
  const [part, setPart] = useState('')
  const [entity, setEntity] = useState('')
  const features = useMemo(() => featuresOf(catalogue.data), [catalogue.data])
  const shown = useMemo(() => {
    const wanted = part.trim().toLowerCase()
    const matches = (one: CataloguedFeature) => `${one.name} ${one.description}`.toLowerCase().includes(wanted)
    return features.filter((one) => (entity === '' || one.entity === entity) && matches(one)).slice(0, MOST_ROWS)
  }, [features, part, entity])
  const chosen = features.find((one) => one.name === name)
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      {catalogue.data && name && !chosen && <UnknownFeature name={name} features={features} />}
      {chosen && (
        <ChosenFeature
          feature={chosen}
          features={features}
          attributes={(catalogue.data?.itemAttributes ?? []).map((one) => one.name)}
          drifts={driftsOf(models, chosen.name)}
        />
      )}
      <Panel title={texts.list} note={chosen ? undefined : texts.choose}>
        <FieldRow>
          <TextField label={texts.find} type="search" value={part} onChange={({ target }) => setPart(target.value)} />
          <Choice label={texts.entity} value={entity} onChange={({ target }) => setEntity(target.value)}>
            <option value="">{texts.anyEntity}</option>
            {ENTITIES.map((kind) => (
              <option key={kind} value={kind}>
                {texts.entities[kind]}
              </option>
            ))}
          </Choice>
        </FieldRow>
        <Answer of={catalogue} height={560}>
          {() => (
            <DataTable
              label={texts.list}
              rows={shown}
              columns={columns}
              keyOf={(one) => one.name}
              operation={operation(FeatureCatalogueDocument)}
              empty={{ title: texts.empty }}
              foot={<Note>{texts.drift.foot}</Note>}
            />
          )}
        </Answer>
      </Panel>
    </>
  )
}

interface ChosenFeatureProps {
  readonly feature: CataloguedFeature
  /** The catalogue. */
  readonly features: readonly CataloguedFeature[]
  /** Names of the attributes of items. */
  readonly attributes: readonly string[]
  /** Its drift in each model that ranks and reads it. */
  readonly drifts: readonly ModelDrift[]
}

function ChosenFeature({ feature, features, attributes, drifts }: ChosenFeatureProps) {
  const { name, entity } = feature
  const attribute = attributeOf(feature, attributes)
  const same = sameFigure(feature, features, attributes)
  return (
    <Columns isRagged>
      {SUMMARISED.includes(entity) ? (
        <Distribution feature={feature} />
      ) : (
        <Panel title={texts.distribution.title(name)} note={feature.description}>
          <Note>{texts.distribution.not}</Note>
        </Panel>
      )}
      {attribute !== undefined && <ByValue name={name} attribute={attribute} />}
      {same.length > 0 && (
        <Panel title={texts.same.title} note={texts.same.note}>
          <FeatureLinks features={same} />
        </Panel>
      )}
      {drifts.map((drift) => (
        <DriftPanel key={drift.model} name={name} of={drift} />
      ))}
    </Columns>
  )
}
