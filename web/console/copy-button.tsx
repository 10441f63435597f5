import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../design/button.tsx'
import { texts } from './texts.ts'

const SHOWN_MS = 2000

export interface CopyButtonProps {
  /** Returns what to copy. */
  readonly text: () => string
  readonly children: ReactNode
}

/** A button that copies a text to the clipboard, and says so for a moment. */
export function CopyButton({ text, children }: CopyButtonProps) {
  const [said, setSaid] = useState<string>()
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setSaid(texts.copied),
      () => setSaid(texts.notCopied),
    )
  return (
    <Button kind="quiet" size="small" onClick={copy} aria-live="polite">
      {said ?? children}
    </Button>
  )
}
