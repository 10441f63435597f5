import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { FeatureCatalogueDocument } from '../../generated/console-features.ts'
import { useParameter } from '../address.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Choice, FieldRow, TextField } from '../field.tsx'
import { Columns, Note, Panel } from '../panel.tsx'
import { SectionHead } from '../section-head.tsx'
import { ByValue } from './by-value.tsx'
import { type CataloguedFeature, featuresOf } from './catalogued-feature.ts'
import { Distribution } from './distribution.tsx'
import { texts } from './texts.ts'

/** Entities of which the API knows distributions. */
const SUMMARISED: readonly CataloguedFeature['entity'][] = ['USER', 'ITEM', 'ATTRIBUTE']
const ENTITIES = Object.keys(texts.entities) as CataloguedFeature['entity'][]
/** Of thousands of rows, nobody reads more. */
const MOST_ROWS = 100

const COLUMNS: readonly Column<CataloguedFeature>[] = [
  {
    id: 'name',
    title: texts.columns.name,
    value: ({ name }) => name,
    cell: ({ name }) => <Link href={`/features?name=${encodeURIComponent(name)}`}>{name}</Link>,
  },
  { id: 'entity', title: texts.columns.entity, value: ({ entity }) => texts.entities[entity] },
  { id: 'unit', title: texts.columns.unit, value: ({ unit }) => unit },
  { id: 'description', title: texts.columns.description, value: ({ description }) => description, isWide: true },
  { id: 'models', title: texts.columns.models, value: ({ models }) => models.join(', ') },
]

/** The section Features: the catalogue, and the distribution of the feature that the address names. */
export default function FeaturesSection() {
  const [name] = useParameter('name')
  const [catalogue] = useQuery({ query: FeatureCatalogueDocument })
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
      {chosen && <ChosenFeature feature={chosen} attributes={(catalogue.data?.itemAttributes ?? []).map((one) => one.name)} />}
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
              columns={COLUMNS}
              keyOf={(one) => one.name}
              operation={operation(FeatureCatalogueDocument)}
              empty={{ title: texts.empty }}
              foot={<Note>{texts.drift}</Note>}
            />
          )}
        </Answer>
      </Panel>
    </>
  )
}

function ChosenFeature({ feature, attributes }: { readonly feature: CataloguedFeature; readonly attributes: readonly string[] }) {
  const { name, entity } = feature
  const attribute =
    entity === 'ATTRIBUTE' ? ['surface', 'position', ...attributes].find((one) => name.startsWith(`${one}_`)) : undefined
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
    </Columns>
  )
}
