import { type FormEvent, useId, useRef } from 'react'
import { Button } from '../../design/button.tsx'
import { FieldRow, TextField } from '../field.tsx'
import { itemName } from '../item-link.tsx'
import { Note } from '../panel.tsx'
import { texts } from './texts.ts'
import { TroubleNotice } from './trouble-notice.tsx'
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
  const { find, trouble, forget } = useFoundItem(sample)
  const form = useRef<HTMLFormElement>(null)
  const choose = (itemId: string) => {
    forget()
    form.current?.reset()
    onItem(itemId)
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const entered = String(new FormData(event.currentTarget).get('item')).trim()
    const itemId = entered === '' ? undefined : await find(entered)
    if (itemId !== undefined) choose(itemId)
  }
  return (
    <form ref={form} onSubmit={(event) => void submit(event)}>
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
      {trouble && (
        <TroubleNotice
          of={trouble}
          offer={(item) => (
            <button type="button" onClick={() => choose(item.itemId)}>
              <bdi>{itemName(item)}</bdi>
              <Note>
                <bdi>{item.itemId}</bdi>
              </Note>
            </button>
          )}
        />
      )}
    </form>
  )
}
