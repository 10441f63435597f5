import { keepInTab, keptInTab } from '../tab-storage.ts'
import type { DraftRules } from './draft-rules.ts'

const keyOf = (surface: string | null) => `liverank:draft-rules:${JSON.stringify(surface)}`

/** Returns the changed rules of a surface that this tab has not published yet; undefined if there are none. */
export function keptDraft(surface: string | null): DraftRules | undefined {
  return keptInTab<DraftRules>(keyOf(surface))
}

/** Keeps changed rules of a surface until they are published, discarded, or the tab is closed. @param draft undefined: forgets them */
export function keepDraft(surface: string | null, draft: DraftRules | undefined): void {
  keepInTab(keyOf(surface), draft)
}
