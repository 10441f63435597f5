import { useEffect, useState } from 'react'
import { areSame, type DraftRules } from './draft-rules.ts'
import type { EditorProps } from './editor-props.ts'
import { keepDraft, keptDraft } from './kept-draft.ts'

/** The rules of a surface as they are edited. */
export interface Draft {
  readonly rules: DraftRules
  /** Whether they differ from the published ones. */
  readonly isChanged: boolean
  /** Whether they are changes that were made before the reader left the section or reloaded the page. */
  readonly isFromBefore: boolean
  readonly change: EditorProps['onChange']
  readonly replace: EditorProps['onReplace']
  readonly discard: () => void
  /** Brings back what was discarded last; undefined if nothing was, or if there are later changes. */
  readonly restore: (() => void) | undefined
  /** Takes over rules that were just published. */
  readonly follow: (published: DraftRules) => void
}

/** Keeps changed rules of a surface in this tab, so that they outlast a look at another section. */
export function useDraft(surface: string | null, published: DraftRules): Draft {
  const [edited, setEdited] = useState(() => keptDraft(surface))
  const [isFromBefore, setFromBefore] = useState(edited !== undefined)
  const [discarded, setDiscarded] = useState<DraftRules>()
  // Rules that were published are no changes any more, also when somebody else publishes others later.
  useEffect(() => setEdited((draft) => (draft && areSame(draft, published) ? undefined : draft)), [published])
  const rules = edited ?? published
  const isChanged = !areSame(rules, published)
  const set = (next: DraftRules | undefined, kept: DraftRules | undefined) => {
    setEdited(next)
    keepDraft(surface, kept)
    setFromBefore(false)
    setDiscarded(undefined)
  }
  const replace = (next: DraftRules) => set(next, areSame(next, published) ? undefined : next)
  return {
    rules,
    isChanged,
    isFromBefore: isFromBefore && isChanged,
    change: (part) =>
      replace(Object.fromEntries(Object.entries({ ...rules, ...part }).filter(([, value]) => value !== undefined))),
    replace,
    discard: () => {
      set(undefined, undefined)
      setDiscarded(rules)
    },
    restore: discarded && !isChanged ? () => replace(discarded) : undefined,
    follow: (next) => set(next, undefined),
  }
}
