import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../../design/button.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'

export interface RuleGroupProps {
  readonly title: string
  readonly note: string
  readonly children: ReactNode
}

/** The rules of one kind. */
export function RuleGroup({ title, note, children }: RuleGroupProps) {
  return (
    <fieldset className={styles.group}>
      <legend>{title}</legend>
      <p className={styles.note}>{note}</p>
      {children}
    </fieldset>
  )
}

export interface RuleLineProps {
  /** What the rule says. */
  readonly text: string
  readonly onRemove: () => void
  /** What stands under the rule. */
  readonly children?: ReactNode
}

/** One rule, with a button that removes it. */
export function RuleLine({ text, onRemove, children }: RuleLineProps) {
  return (
    <li className={styles.line}>
      <span>
        <bdi>{text}</bdi>
        {children}
      </span>
      <IconButton label={texts.remove(text)} onClick={onRemove}>
        <X size={16} aria-hidden />
      </IconButton>
    </li>
  )
}
