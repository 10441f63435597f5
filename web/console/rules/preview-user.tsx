import { EyeOff, Pin, X } from 'lucide-react'
import { useEffect } from 'react'
import { IconButton } from '../../design/button.tsx'
import { classes } from '../../design/classes.ts'
import { Placeholder } from '../../design/notice.tsx'
import type { PreviewedSlateFragment } from '../../generated/console-rules.ts'
import { FailureNotice } from '../failure-notice.tsx'
import { itemName } from '../item-link.tsx'
import { Note } from '../panel.tsx'
import { texts as shared } from '../texts.ts'
import type { DraftRules } from './draft-rules.ts'
import styles from './rules.module.css'
import { type SlateChange, slateChanges } from './slate-changes.ts'
import { texts } from './texts.ts'
import { usePreview } from './use-preview.ts'

const { preview: said } = texts

export interface PreviewUserProps {
  readonly userId: string
  readonly surface: string | null
  /** All rules that would apply; undefined: those that are published. */
  readonly rules: DraftRules | undefined
  /** Version of the published rules. */
  readonly version: string
  /** Whether other rules are about to be asked for. */
  readonly isSettling: boolean
  readonly onRemove: () => void
  readonly onPin: (itemId: string, position: number) => void
  readonly onHide: (itemId: string) => void
  /** Reports the warnings of the slate with these rules. */
  readonly onWarnings: (userId: string, warnings: PreviewedSlateFragment['warnings']) => void
}

/** The slate of a user with the rules of the draft, compared with the present one. */
export function PreviewUser(props: PreviewUserProps) {
  const { userId, surface, rules, version, isSettling, onRemove, onPin, onHide, onWarnings } = props
  const { data, error, fetching } = usePreview(userId, surface, rules, version)
  const isReading = (fetching || isSettling) && !error
  const slate = data?.after
  useEffect(() => {
    if (slate) onWarnings(userId, slate.warnings)
  }, [slate, userId, onWarnings])
  const changes = slate ? slateChanges(data?.before?.items ?? slate.items, slate.items) : undefined
  return (
    <section className={styles.previewed} aria-label={`${said.title}: ${userId}`} aria-busy={isReading}>
      <header>
        <h3>
          <bdi>{userId}</bdi>
        </h3>
        {changes && <Note>{isReading ? said.reading : said.changes(changes.filter(({ kind }) => kind !== 'same').length)}</Note>}
        <IconButton label={texts.remove(userId)} onClick={onRemove}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {error && <FailureNotice error={error} />}
      {!changes && !error && <Placeholder label={shared.loading} height={320} />}
      {slate?.items.length === 0 && <p>{said.empty}</p>}
      <ol>
        {changes?.map((change) => (
          <PreviewedItem key={change.placed.item.itemId} of={change} onPin={onPin} onHide={onHide} />
        ))}
      </ol>
    </section>
  )
}

interface PreviewedItemProps extends Pick<PreviewUserProps, 'onPin' | 'onHide'> {
  readonly of: SlateChange
}

function PreviewedItem({ of: { placed, kind, by }, onPin, onHide }: PreviewedItemProps) {
  const { item, position } = placed
  const name = itemName(item)
  const kindText = kind === 'up' || kind === 'down' ? said.kinds[kind](by) : said.kinds[kind]
  return (
    <li className={classes(styles.previewedItem, kind === 'gone' && styles.gone)}>
      <span className={styles.position}>{kind === 'gone' ? '–' : position}</span>
      <span className={styles.name}>
        <bdi>{name}</bdi>
      </span>
      {kind !== 'same' && <span className={classes(styles.change, styles[kind])}>{kindText}</span>}
      {kind !== 'gone' && (
        <span className={styles.tools}>
          <IconButton label={said.pinHere(name, 1)} onClick={() => onPin(item.itemId, 1)}>
            <Pin size={15} aria-hidden />
          </IconButton>
          <IconButton label={said.hideItem(name)} onClick={() => onHide(item.itemId)}>
            <EyeOff size={15} aria-hidden />
          </IconButton>
        </span>
      )}
    </li>
  )
}
