import type { FormEvent } from 'react'
import { Button } from '../../design/button.tsx'
import { FieldRow, TextField } from '../field.tsx'
import { Note } from '../panel.tsx'
import { ConditionForm } from './condition-form.tsx'
import { conditionsOf, filterOf, filterOfAll } from './draft-rules.ts'
import type { EditorProps } from './editor-props.ts'
import { newItemsFilter } from './new-items.ts'
import { RuleGroup, RuleLine } from './rule-group.tsx'
import { filterText } from './rule-sentences.ts'
import { SelectedItems } from './selected-items.tsx'
import { texts } from './texts.ts'

/** Conditions that every item of a slate must meet. */
export function OnlyEditor({ draft: { filter }, sample, onChange }: EditorProps) {
  const conditions = conditionsOf(filter)
  return (
    <RuleGroup title={texts.only.title} note={conditions ? texts.only.note : texts.advanced.unshown}>
      <ul>
        {conditions?.map((condition, i) => (
          <RuleLine
            key={JSON.stringify(condition)}
            text={filterText(filterOf(condition))}
            onRemove={() => onChange({ filter: filterOfAll(conditions.filter((_, j) => j !== i)) })}
          />
        ))}
      </ul>
      {filter && <SelectedItems filter={filter} none={texts.selected.noneOnly} />}
      {conditions && (
        <ConditionForm
          sample={sample}
          onCondition={(condition) => onChange({ filter: filterOfAll([...conditions, condition]) })}
        />
      )}
    </RuleGroup>
  )
}

/** Factors for the scores of some items. */
export function BoostsEditor({ draft: { boost = [] }, sample, onChange }: EditorProps) {
  return (
    <RuleGroup title={texts.boosts.title} note={texts.boosts.note}>
      <ul>
        {boost.map((one, i) => (
          <RuleLine
            key={i}
            text={`× ${one.factor}: ${filterText(one.filter)}`}
            onRemove={() => onChange({ boost: boost.filter((_, j) => j !== i) })}
          >
            <SelectedItems filter={one.filter} none={texts.selected.none} />
          </RuleLine>
        ))}
      </ul>
      <ConditionForm
        sample={sample}
        onCondition={(condition, fields) =>
          onChange({ boost: [...boost, { filter: filterOf(condition), factor: Number(fields.get('factor')) }] })
        }
      >
        <FactorField />
      </ConditionForm>
      <NewItemsForm onBoost={(one) => onChange({ boost: [...boost, one] })} />
    </RuleGroup>
  )
}

function FactorField() {
  return <TextField label={texts.boosts.factor} name="factor" type="number" min={0} max={1000} step="any" defaultValue={1.5} />
}

type Boost = NonNullable<EditorProps['draft']['boost']>[number]

function NewItemsForm({ onBoost }: { readonly onBoost: (boost: Boost) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    onBoost({ filter: newItemsFilter(Number(fields.get('days'))), factor: Number(fields.get('factor')) })
    event.currentTarget.reset()
  }
  return (
    <form onSubmit={submit}>
      <FieldRow>
        <TextField label={texts.boosts.newItems} name="days" type="number" min={1} max={90} defaultValue={7} required />
        <FactorField />
        <Button submits>{texts.boosts.raise}</Button>
      </FieldRow>
      <Note>{texts.boosts.newItemsNote}</Note>
    </form>
  )
}

/** How many items of a slate may have the same value. */
export function LimitsEditor({ draft: { limitPer = [] }, sample, onChange }: EditorProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const attribute = String(fields.get('attribute')).trim()
    const limit = Math.round(Number(fields.get('limit')))
    if (attribute === '') return
    onChange({ limitPer: [...limitPer.filter((one) => one.attribute !== attribute), { attribute, limit }] })
    event.currentTarget.reset()
  }
  return (
    <RuleGroup title={texts.limits.title} note={texts.limits.note}>
      <ul>
        {limitPer.map((one, i) => (
          <RuleLine
            key={`${one.attribute} ${one.limit}`}
            text={texts.sentences.limit(one.attribute, one.limit)}
            onRemove={() => onChange({ limitPer: limitPer.filter((_, j) => j !== i) })}
          />
        ))}
      </ul>
      <form onSubmit={submit}>
        <FieldRow>
          <TextField label={texts.attribute} name="attribute" list="limit-attributes" autoComplete="off" />
          <TextField label={texts.limits.limit} name="limit" type="number" min={1} max={1000} defaultValue={2} />
          <Button submits>{texts.add}</Button>
          <datalist id="limit-attributes">
            {sample.attributes.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </FieldRow>
      </form>
    </RuleGroup>
  )
}
