import { keepInTab, keptInTab } from '../tab-storage.ts'
import type { DraftRules } from './draft-rules.ts'

/** The rules that a publication of this tab replaced. */
export interface FormerRules {
  readonly rules: DraftRules
  /** When the rules that replaced them were published; null if all rules were removed. Later ones are of somebody else. */
  readonly replacedAt: string | null
  /** Whether this publication was an undo, which can be done again. */
  readonly isUndone: boolean
}

const keyOf = (surface: string | null) => `liverank:former-rules:${JSON.stringify(surface)}`

/** Returns the rules of a surface that this tab replaced last, so that it can undo this after a reload; undefined if there are none. */
export function keptFormerRules(surface: string | null): FormerRules | undefined {
  return keptInTab<FormerRules>(keyOf(surface))
}

/** Keeps the rules of a surface that a publication replaced. */
export function keepFormerRules(surface: string | null, former: FormerRules): void {
  keepInTab(keyOf(surface), former)
}
