import { Notice } from '../../design/notice.tsx'
import { ConfirmDialog } from '../confirm-dialog.tsx'
import type { DraftRules } from './draft-rules.ts'
import { type NameOf, ruleSentences } from './rule-sentences.ts'
import styles from './rules.module.css'
import { texts } from './texts.ts'

const { publish: said } = texts

export interface PublishDialogProps {
  /** Name of the page, as the reader knows it. */
  readonly surfaceName: string
  readonly draft: DraftRules
  readonly published: DraftRules
  /** Whether they are not those that the draft was made from. */
  readonly isOutdated: boolean
  readonly nameOf: NameOf
  /** Why the last attempt failed. */
  readonly failure: string | undefined
  readonly isBusy: boolean
  readonly onPublish: () => void
  readonly onClose: () => void
}

/** Says what publishing will change, and asks whether to do it. */
export function PublishDialog(props: PublishDialogProps) {
  const { surfaceName, draft, published, isOutdated, nameOf, failure, isBusy, onPublish, onClose } = props
  const [next, former] = [ruleSentences(draft, nameOf), ruleSentences(published, nameOf)]
  return (
    <ConfirmDialog
      title={said.title(surfaceName)}
      action={said.confirm}
      isBusy={isBusy}
      failure={failure}
      onConfirm={onPublish}
      onClose={onClose}
    >
      {isOutdated && <Notice kind="warning" title={said.outdated} />}
      <p>{next.length > 0 ? said.what : said.nothing}</p>
      <Sentences of={next} />
      {former.length > 0 && (
        <>
          <p>{said.replaces}</p>
          <Sentences of={former} />
        </>
      )}
    </ConfirmDialog>
  )
}

function Sentences({ of }: { readonly of: readonly string[] }) {
  return (
    <ul className={styles.sentences}>
      {of.map((sentence) => (
        <li key={sentence}>
          <bdi>{sentence}</bdi>
        </li>
      ))}
    </ul>
  )
}
