import { type FormEvent, useId } from 'react'
import { Button } from '../../design/button.tsx'
import { FieldRow, TextField } from '../field.tsx'
import { texts } from './texts.ts'
import type { CatalogueSample } from './use-catalogue-sample.ts'

export interface ItemFieldProps {
  readonly sample: CatalogueSample
  /** What the button says. */
  readonly action: string
  readonly onItem: (itemId: string) => void
}

/** A field for an item: it suggests popular ones by title, and takes any id. */
export function ItemField({ sample, action, onItem }: ItemFieldProps) {
  const list = useId()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const entered = String(new FormData(form).get('item')).trim()
    if (entered === '') return
    const named = sample.items.find(({ itemId, title }) => itemId === entered || title.toLowerCase() === entered.toLowerCase())
    onItem(named?.itemId ?? entered)
    form.reset()
  }
  return (
    <form onSubmit={submit}>
      <FieldRow>
        <TextField label={texts.item} name="item" list={list} maxLength={128} autoComplete="off" dir="auto" />
        <datalist id={list}>
          {sample.items.map(({ itemId, title }) => (
            <option key={itemId} value={itemId}>
              {title}
            </option>
          ))}
        </datalist>
        <Button size="medium" submits>
          {action}
        </Button>
      </FieldRow>
    </form>
  )
}
