import { useEffect, useState } from 'react'
import { areSame, type DraftRules } from './draft-rules.ts'
import type { EditorProps } from './editor-props.ts'
import { type ChangedRules, keepDraft, keptDraft } from './kept-draft.ts'

/** The rules of a surface as they are edited. */
export interface Draft {
  readonly rules: DraftRules
  /** Whether they differ from the published ones. */
  readonly isChanged: boolean
  /** Whether they are changes that were made before the reader left the section or reloaded the page. */
  readonly isFromBefore: boolean
  /** Whether other rules were published since the first change was made. */
  readonly isOutdated: boolean
  readonly change: EditorProps['onChange']
  readonly replace: EditorProps['onReplace']
  readonly discard: () => void
  /** Brings back what was discarded last; undefined if nothing was, or if there are later changes. */
  readonly restore: (() => void) | undefined
  /** Takes over rules that were just published. @param at when; null if no rules are left */
  readonly follow: (published: DraftRules, at: string | null) => void
}

/**
 * Keeps changed rules of a surface in this tab, so that they outlast a look at another section.
 * @param publishedAt when the published rules were published; null if there are none
 */
export function useDraft(surface: string | null, published: DraftRules, publishedAt: string | null): Draft {
  const [edited, setEdited] = useState(() => keptDraft(surface))
  const [isFromBefore, setFromBefore] = useState(edited !== undefined)
  const [discarded, setDiscarded] = useState<ChangedRules>()
  // Rules that were published are no changes any more, also when somebody else publishes others later.
  useEffect(() => setEdited((draft) => (draft && areSame(draft.rules, published) ? undefined : draft)), [published])
  const rules = edited?.rules ?? published
  const isChanged = !areSame(rules, published)
  const set = (next: ChangedRules | undefined, kept: ChangedRules | undefined) => {
    setEdited(next)
    keepDraft(surface, kept)
    setFromBefore(false)
    setDiscarded(undefined)
  }
  const edit = (next: ChangedRules) => set(next, areSame(next.rules, published) ? undefined : next)
  const replace = (next: DraftRules) => edit({ rules: next, basedOn: isChanged && edited ? edited.basedOn : publishedAt })
  return {
    rules,
    isChanged,
    isFromBefore: isFromBefore && isChanged,
    isOutdated: isChanged && edited !== undefined && edited.basedOn !== publishedAt,
    change: (part) =>
      replace(Object.fromEntries(Object.entries({ ...rules, ...part }).filter(([, value]) => value !== undefined))),
    replace,
    discard: () => {
      set(undefined, undefined)
      setDiscarded(edited)
    },
    restore: discarded && !isChanged ? () => edit(discarded) : undefined,
    follow: (next, at) => set({ rules: next, basedOn: at }, undefined),
  }
}
