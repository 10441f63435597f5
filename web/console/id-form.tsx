import { Search } from 'lucide-react'
import { type FormEvent, useId } from 'react'
import { Button } from '../design/button.tsx'
import styles from './form.module.css'

export interface IdFormProps {
  readonly label: string
  readonly action: string
  /** What the field holds first. */
  readonly value: string
  readonly onId: (id: string) => void
  /** What the field suggests. Nothing if absent. */
  readonly suggestions?: readonly { readonly id: string; readonly title: string }[]
}

/** Ids have at most this many characters. */
const LONGEST_ID = 128

/** A field for an id, and a button that shows what has this id. */
export function IdForm({ label, action, value, onId, suggestions = [] }: IdFormProps) {
  const [id, list] = [useId(), useId()]
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const entered = String(new FormData(event.currentTarget).get('id')).trim()
    if (entered !== '') onId(entered)
  }
  return (
    <form className={styles.idForm} onSubmit={submit} key={value}>
      <label htmlFor={id} className="unseen">
        {label}
      </label>
      <Search size={16} aria-hidden className={styles.searchIcon} />
      <input
        id={id}
        name="id"
        defaultValue={value}
        placeholder={label}
        maxLength={LONGEST_ID}
        dir="auto"
        spellCheck={false}
        autoComplete="off"
        list={list}
      />
      <datalist id={list}>
        {suggestions.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title}
          </option>
        ))}
      </datalist>
      <Button submits>{action}</Button>
    </form>
  )
}
