import { type FormEvent, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { nodesOf } from '../../api/nodes-of.ts'
import { Button } from '../../design/button.tsx'
import { ModelListDocument, type ModelPartsFragment } from '../../generated/console-models.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { FieldRow, TextField } from '../field.tsx'
import { Moment } from '../moment.tsx'
import { numberText, shareText } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import { useReader } from '../reader.ts'
import { SectionHead } from '../section-head.tsx'
import { DriversPanel } from './drivers-panel.tsx'
import { ModelCard } from './model-card.tsx'
import { ModelDialog, type WantedChange } from './model-dialog.tsx'
import { type OtherModels, texts } from './texts.ts'

const { columns: titles } = texts

/** The section Models: what ranks, what else is registered, and how to change that. */
export default function ModelsSection() {
  const [list, read] = useQuery({ query: ModelListDocument })
  const [wanted, setWanted] = useState<WantedChange>()
  const models = useMemo(() => nodesOf(list.data?.models), [list.data])
  const { role } = useReader()
  const columns = useMemo(() => columnsOf(role === 'admin' ? setWanted : undefined), [role])
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      <Panel title={texts.list} actions={role === 'admin' && <RegisterForm onWanted={setWanted} />}>
        <Answer of={list} height={200}>
          {() => (
            <DataTable
              label={texts.list}
              rows={models}
              columns={columns}
              keyOf={({ name }) => name}
              operation={operation(ModelListDocument)}
              empty={{ title: texts.empty, advice: texts.emptyAdvice }}
            />
          )}
        </Answer>
      </Panel>
      {models.map((model) => (
        <ModelCard key={model.name} model={model} />
      ))}
      {models.length > 0 && <DriversPanel />}
      {wanted && (
        <ModelDialog
          wanted={wanted}
          others={othersOf(wanted.name, models)}
          onClose={() => setWanted(undefined)}
          onDone={() => {
            setWanted(undefined)
            read()
          }}
        />
      )}
    </>
  )
}

function othersOf(name: string, models: readonly ModelPartsFragment[]): OtherModels {
  const others = models.filter((model) => model.name !== name)
  return {
    ranking: others.filter(({ traffic }) => traffic > 0).map((model) => model.name),
    hasFormer: others.some(({ status }) => status === 'REGISTERED'),
  }
}

function RegisterForm({ onWanted }: { readonly onWanted: (wanted: WantedChange) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    if (name !== '') onWanted({ action: 'register', name, traffic: 0 })
  }
  return (
    <form onSubmit={submit}>
      <FieldRow>
        <TextField label={texts.register.field} name="name" autoComplete="off" maxLength={128} />
        <Button submits>{texts.register.action}</Button>
      </FieldRow>
    </form>
  )
}

const POSSIBLE: Readonly<Record<ModelPartsFragment['status'], readonly Exclude<WantedChange['action'], 'register'>[]>> = {
  ACTIVE: ['share', 'retire'],
  SHADOW: ['activate', 'retire'],
  REGISTERED: ['activate', 'shadow', 'retire'],
  RETIRED: [],
}

/** @param onWanted absent for readers who may change nothing */
function columnsOf(onWanted: ((wanted: WantedChange) => void) | undefined): Column<ModelPartsFragment>[] {
  const actions: Column<ModelPartsFragment> = {
    id: 'actions',
    title: titles.change,
    value: () => null,
    cell: ({ name, status, traffic }) =>
      POSSIBLE[status].map((action) => (
        <Button key={action} kind="quiet" size="small" onClick={() => onWanted?.({ action, name, traffic })}>
          {texts.actions[action]}
        </Button>
      )),
  }
  return [
    { id: 'name', title: titles.name, value: ({ name }) => name },
    { id: 'status', title: titles.status, value: ({ status }) => texts.status[status] },
    {
      id: 'traffic',
      title: titles.traffic,
      value: ({ traffic }) => traffic,
      cell: ({ traffic }) => shareText(traffic),
      isNumber: true,
    },
    {
      id: 'trained',
      title: titles.trained,
      value: ({ trainedAt }) => trainedAt,
      cell: ({ trainedAt }) => (trainedAt === null ? texts.noDate : <Moment at={trainedAt} />),
    },
    {
      id: 'quality',
      title: titles.quality,
      value: qualityOf,
      cell: (model) => numberText(qualityOf(model)),
      isNumber: true,
    },
    ...(onWanted ? [actions] : []),
  ]
}

function qualityOf({ metrics: { ndcg10 } }: ModelPartsFragment): number | null {
  if (typeof ndcg10 === 'number') return ndcg10
  const value = ndcg10 !== null && typeof ndcg10 === 'object' && 'value' in ndcg10 ? ndcg10.value : undefined
  return typeof value === 'number' ? value : null
}
