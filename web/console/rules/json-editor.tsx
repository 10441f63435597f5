import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { type DraftRules, readRules, withoutEmptyLists } from './draft-rules.ts'
import styles from './rules.module.css'
import { texts } from './texts.ts'

export interface JsonEditorProps {
  readonly draft: DraftRules
  readonly onReplace: (draft: DraftRules) => void
}

const { advanced } = texts

/** All rules as JSON: what the fields show, and what they cannot show. */
export function JsonEditor({ draft, onReplace }: JsonEditorProps) {
  const shown = JSON.stringify(withoutEmptyLists(draft), null, 2)
  const [text, setText] = useState<string>()
  const [mistake, setMistake] = useState<string>()
  const apply = () => {
    try {
      const parsed: unknown = JSON.parse(text ?? shown)
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('{ … }')
      onReplace(readRules(parsed))
      setText(undefined)
      setMistake(undefined)
    } catch (error) {
      setMistake(advanced.wrong + String(error instanceof Error ? error.message : error))
    }
  }
  return (
    <details className={styles.group}>
      <summary>{advanced.title}</summary>
      <p className={styles.note}>{advanced.note}</p>
      <textarea
        aria-label={advanced.title}
        className={styles.json}
        rows={10}
        spellCheck={false}
        value={text ?? shown}
        onChange={({ target }) => setText(target.value)}
      />
      {mistake && <Notice kind="error" title={mistake} />}
      <Button size="small" disabled={text === undefined} onClick={apply}>
        {advanced.apply}
      </Button>
    </details>
  )
}
