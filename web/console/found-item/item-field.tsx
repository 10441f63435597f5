import { type FormEvent, useId } from 'react'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { FieldRow, TextField } from '../field.tsx'
import { texts } from './texts.ts'
import type { CatalogueSample } from './use-catalogue-sample.ts'
import { useFoundItem } from './use-found-item.ts'

export interface ItemFieldProps {
  readonly sample: CatalogueSample
  /** What the button says. */
  readonly action: string
  readonly onItem: (itemId: string) => void
}

/** A field for an item: it suggests popular ones by title, and takes the id of any item. */
export function ItemField({ sample, action, onItem }: ItemFieldProps) {
  const list = useId()
  const { find, trouble } = useFoundItem(sample)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const entered = String(new FormData(form).get('item')).trim()
    const itemId = entered === '' ? undefined : await find(entered)
    if (itemId === undefined) return
    onItem(itemId)
    form.reset()
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
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
      {trouble !== undefined && <Notice kind="warning" title={trouble} />}
    </form>
  )
}
