import type { ButtonHTMLAttributes, ReactNode } from 'react'
import styles from './button.module.css'
import { classes } from './classes.ts'

type Attributes = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className' | 'type'>

export interface ButtonProps extends Attributes {
  /** `plain` if absent. `primary`: what most people came to do. `danger`: what cannot be taken back. */
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly size?: 'small' | 'medium'
  /** Submits the form that it is in; not if absent. */
  readonly submits?: boolean
  /** Whether it has done what it does. It then does nothing, but keeps the focus, which a disabled button loses. Not used if absent. */
  readonly isUsed?: boolean
}

/** A button with a text. */
export function Button({ kind = 'plain', size = 'medium', submits = false, isUsed = false, ...attributes }: ButtonProps) {
  const className = classes(styles.button, styles[kind], styles[size], isUsed && styles.used)
  const use = isUsed ? { 'aria-disabled': true, onClick: undefined } : {}
  return <button {...attributes} {...use} type={submits ? 'submit' : 'button'} className={className} />
}

export interface IconButtonProps extends Attributes {
  /** What it does: its tooltip, and its name for screen readers. */
  readonly label: string
  readonly children: ReactNode
}

/** A button that shows an icon alone. */
export function IconButton({ label, ...attributes }: IconButtonProps) {
  return <button {...attributes} type="button" className={styles.icon} title={label} aria-label={label} />
}
