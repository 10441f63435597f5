import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Choice, FieldRow, TextField } from '../field.tsx'
import type { CatalogueSample } from '../found-item/use-catalogue-sample.ts'
import type { Comparison, SimpleCondition } from './draft-rules.ts'
import { texts } from './texts.ts'

const COMPARISONS = Object.keys(texts.comparisons) as Comparison[]

export interface ConditionFormProps {
  readonly sample: CatalogueSample
  /** Further fields, whose values `onCondition` gets. */
  readonly children?: ReactNode
  readonly onCondition: (condition: SimpleCondition, fields: FormData) => void
}

/** Fields for a condition, such as: brand is Lux. */
export function ConditionForm({ sample, children, onCondition }: ConditionFormProps) {
  const [names, values] = [useId(), useId()]
  const [attribute, setAttribute] = useState('')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const fields = new FormData(form)
    const entered = String(fields.get('value')).trim()
    if (attribute.trim() === '' || entered === '') return
    const comparison = String(fields.get('comparison')) as Comparison
    onCondition(
      { attribute: attribute.trim(), comparison, value: typed(entered, comparison, sample.values.get(attribute) ?? []) },
      fields,
    )
    form.reset()
    setAttribute('')
  }
  return (
    <form onSubmit={submit}>
      <FieldRow>
        <TextField
          label={texts.attribute}
          list={names}
          value={attribute}
          onChange={({ target }) => setAttribute(target.value)}
          autoComplete="off"
        />
        <Choice label={texts.comparison} name="comparison">
          {COMPARISONS.map((comparison) => (
            <option key={comparison} value={comparison}>
              {texts.comparisons[comparison]}
            </option>
          ))}
        </Choice>
        <TextField label={texts.value} name="value" list={values} autoComplete="off" dir="auto" />
        {children}
        <Button submits>{texts.add}</Button>
        <Suggestions id={names} of={sample.attributes} />
        <Suggestions id={values} of={sample.values.get(attribute) ?? []} />
      </FieldRow>
    </form>
  )
}

function Suggestions({ id, of }: { readonly id: string; readonly of: readonly (string | number | boolean)[] }) {
  return (
    <datalist id={id}>
      {of.map((value) => (
        <option key={String(value)} value={String(value)} />
      ))}
    </datalist>
  )
}

/** Rules compare types too: 3 is not "3". So the value gets the type that the catalogue has; else a number if it looks like one. */
function typed(text: string, comparison: Comparison, known: readonly (string | number | boolean)[]): string | number | boolean {
  const same = known.find((value) => String(value) === text)
  if (same !== undefined) return same
  const mayBeNumber = comparison === 'gte' || comparison === 'lte' || !known.some((value) => typeof value === 'string')
  return mayBeNumber && Number.isFinite(Number(text)) ? Number(text) : text
}
