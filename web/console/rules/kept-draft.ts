import { keepInTab, keptInTab } from '../tab-storage.ts'
import type { DraftRules } from './draft-rules.ts'

/** Rules of a surface that were changed and not published. */
export interface ChangedRules {
  readonly rules: DraftRules
  /** When the rules were published that the first change was made to; null if there were none. */
  readonly basedOn: string | null
}

const keyOf = (surface: string | null) => `liverank:changed-rules:${JSON.stringify(surface)}`

/** Returns the changed rules of a surface that this tab has not published yet; undefined if there are none. */
export function keptDraft(surface: string | null): ChangedRules | undefined {
  return keptInTab<ChangedRules>(keyOf(surface))
}

/** Keeps changed rules of a surface until they are published, discarded, or the tab is closed. @param draft undefined: forgets them */
export function keepDraft(surface: string | null, draft: ChangedRules | undefined): void {
  keepInTab(keyOf(surface), draft)
}
