import { useEffect, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { SlatePreviewDocument } from '../../generated/console-rules.ts'
import { useReadAgain } from '../use-read-again.ts'
import { type DraftRules, withoutEmptyLists } from './draft-rules.ts'

/** Time after the last keystroke until the preview follows. */
const PAUSE_MS = 250

/** Returns a value once it has stayed the same for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/**
 * Reads the slate of a user with the published rules, and with others, at the same moment.
 * @param rules all rules that would apply; undefined: the published ones
 * @param version of the published rules: another one is read again
 */
export function usePreview(userId: string, surface: string | null, rules: DraftRules | undefined, version: string) {
  const variables = useMemo(
    () => ({ userId, ...(surface !== null && { surface }), ...(rules && { rules: withoutEmptyLists(rules) }) }),
    [userId, surface, rules],
  )
  const [result, read] = useQuery({ query: SlatePreviewDocument, variables })
  useReadAgain(version, read)
  return result
}
