import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react'
import styles from './form.module.css'

type Named = { readonly label: string }

/** A text field with its name above it. */
export function TextField({ label, ...attributes }: Named & Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'>) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input {...attributes} id={id} className={styles.input} />
    </div>
  )
}

/** A choice of texts with its name above it. */
export function Choice({ label, ...attributes }: Named & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className' | 'id'>) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select {...attributes} id={id} className={styles.input} />
    </div>
  )
}

/** Fields beside each other, as far as there is room. */
export function FieldRow({ children }: { readonly children: ReactNode }) {
  return <div className={styles.row}>{children}</div>
}
