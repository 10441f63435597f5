import type { CatalogueSample } from '../found-item/use-catalogue-sample.ts'
import type { DraftRules } from './draft-rules.ts'

/** What the fields of each kind of rule get. */
export interface EditorProps {
  readonly draft: DraftRules
  readonly sample: CatalogueSample
  /** Changes some kinds of rules; undefined removes a kind. */
  readonly onChange: (change: { readonly [K in keyof DraftRules]?: DraftRules[K] | undefined }) => void
  /** Replaces all rules. */
  readonly onReplace: (draft: DraftRules) => void
}
