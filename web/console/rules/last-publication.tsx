import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'
import type { Publication } from './use-publishing.ts'

const { publish: said } = texts

export interface LastPublicationProps {
  readonly of: Publication
  readonly surface: string | null
  /** Whether no rules are left. */
  readonly isEmpty: boolean
}

/** What this tab published last, and a button that takes it back. */
export function LastPublication({ of: { at, isOfNow, isUndone, isBusy, takeBack }, surface, isEmpty }: LastPublicationProps) {
  const place = useRef<HTMLDivElement>(null)
  // The button that had the focus cannot be pressed now, and would lose it to nothing.
  useEffect(() => {
    if (isOfNow && document.activeElement?.matches('body, :disabled')) place.current?.focus()
  }, [at, isOfNow])
  const state = isUndone ? (isEmpty ? 'undoneToNone' : 'undone') : isEmpty ? 'removed' : 'done'
  return (
    <div ref={place} tabIndex={-1}>
      <Notice kind="empty" title={said[state](surface ?? texts.allSurfaces)}>
        <span className={styles.done}>
          <Button size="small" disabled={isBusy} onClick={takeBack}>
            {isUndone ? said.redo : said.undo}
          </Button>
          {state === 'done' && <Link href="/experiments">{said.effect}</Link>}
        </span>
      </Notice>
    </div>
  )
}
