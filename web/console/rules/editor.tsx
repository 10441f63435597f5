import type { ReactNode } from 'react'
import { Choice, FieldRow, TextField } from '../field.tsx'
import { ItemField } from '../found-item/item-field.tsx'
import type { EditorProps } from './editor-props.ts'
import { BoostsEditor, LimitsEditor, OnlyEditor } from './filter-editors.tsx'
import { JsonEditor } from './json-editor.tsx'
import { RuleGroup, RuleLine } from './rule-group.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'

/** Fields for every kind of rule. */
export function Editor(props: EditorProps): ReactNode {
  const { draft, onReplace } = props
  return (
    <div className={styles.editor}>
      <PinsEditor {...props} />
      <HiddenEditor {...props} />
      <OnlyEditor {...props} />
      <BoostsEditor {...props} />
      <LimitsEditor {...props} />
      <PersonalEditor {...props} />
      <JsonEditor draft={draft} onReplace={onReplace} />
    </div>
  )
}

function PinsEditor({ draft, sample, onChange }: EditorProps) {
  const pins = draft.pin ?? []
  const free = firstFreePosition(pins.map(({ position }) => position))
  return (
    <RuleGroup title={texts.pins.title} note={texts.pins.note}>
      <ul>
        {pins.map((pin) => (
          <li key={pin.itemId} className={styles.pin}>
            <TextField
              label={texts.pins.position}
              type="number"
              min={1}
              max={100}
              value={pin.position}
              onChange={({ target }) => {
                const position = Math.max(1, Math.round(target.valueAsNumber || 1))
                onChange({ pin: pins.map((other) => (other === pin ? { ...pin, position } : other)) })
              }}
            />
            <ul>
              <RuleLine
                text={sample.nameOf(pin.itemId)}
                onRemove={() => onChange({ pin: pins.filter((other) => other !== pin) })}
              />
            </ul>
          </li>
        ))}
      </ul>
      <ItemField
        sample={sample}
        action={texts.pins.add}
        onItem={(itemId) => onChange({ pin: [...pins.filter((pin) => pin.itemId !== itemId), { itemId, position: free }] })}
      />
    </RuleGroup>
  )
}

/** The first position, from 1, that no pin has yet. */
export function firstFreePosition(taken: readonly number[]): number {
  let position = 1
  while (taken.includes(position)) position++
  return position
}

function HiddenEditor({ draft, sample, onChange }: EditorProps) {
  const hidden = draft.exclude ?? []
  return (
    <RuleGroup title={texts.hidden.title} note={texts.hidden.note}>
      <ul>
        {hidden.map((itemId) => (
          <RuleLine
            key={itemId}
            text={sample.nameOf(itemId)}
            onRemove={() => onChange({ exclude: hidden.filter((other) => other !== itemId) })}
          />
        ))}
      </ul>
      <ItemField
        sample={sample}
        action={texts.hidden.add}
        onItem={(itemId) => onChange({ exclude: [...hidden.filter((other) => other !== itemId), itemId] })}
      />
    </RuleGroup>
  )
}

const FLAGS = [
  ['excludePurchased', texts.personal.purchased],
  ['excludeSeen', texts.personal.seen],
] as const

function PersonalEditor({ draft, onChange }: EditorProps) {
  const { personal } = texts
  return (
    <RuleGroup title={personal.title} note={personal.note}>
      <FieldRow>
        {FLAGS.map(([kind, label]) => (
          <Choice
            key={kind}
            label={label}
            value={draft[kind] === undefined ? '' : String(draft[kind])}
            onChange={({ target }) => onChange({ [kind]: target.value === '' ? undefined : target.value === 'true' })}
          >
            <option value="">{personal.asUsual}</option>
            <option value="true">{personal.yes}</option>
            <option value="false">{personal.no}</option>
          </Choice>
        ))}
        <TextField
          label={personal.diversity}
          type="number"
          min={0}
          max={1}
          step={0.01}
          value={draft.diversity ?? ''}
          onChange={({ target }) =>
            onChange({ diversity: Number.isNaN(target.valueAsNumber) ? undefined : target.valueAsNumber })
          }
        />
      </FieldRow>
    </RuleGroup>
  )
}
