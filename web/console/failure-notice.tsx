import type { CombinedError } from 'urql'
import { problemOf } from '../api/problem.ts'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

const { failure } = texts
const TITLES: Readonly<Record<string, string>> = failure
/** What to do, where the message of the service does not say it to a reader of this page. */
const ADVICE: Readonly<Record<string, string>> = {
  UNREACHABLE: failure.unreachableAdvice,
  PERSISTED_QUERY_ONLY: failure.persistedAdvice,
}

/** Says why an operation failed, and what to do. */
export function FailureNotice({ error }: { readonly error: CombinedError }) {
  const { code, message } = problemOf(error)
  return (
    <Notice kind="error" title={TITLES[code] ?? failure.other}>
      {ADVICE[code] ?? message}
    </Notice>
  )
}
