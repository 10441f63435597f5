import type { CombinedError } from 'urql'
import { problemOf } from '../api/problem.ts'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

const { failure } = texts
const TITLES: Readonly<Record<string, string>> = failure

/** Says why an operation failed, and what to do. */
export function FailureNotice({ error }: { readonly error: CombinedError }) {
  const { code, message } = problemOf(error)
  return (
    <Notice kind="error" title={TITLES[code] ?? failure.other}>
      {code === 'UNREACHABLE' ? failure.unreachableAdvice : message}
    </Notice>
  )
}
