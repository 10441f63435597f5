import type { CombinedError } from 'urql'
import { type Problem, problemOf } from '../api/problem.ts'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

const { failure } = texts
const TITLES: Readonly<Record<string, string>> = failure
/** What to do, where the message of the service does not say it to a reader of this page. */
const ADVICE: Readonly<Record<string, string>> = {
  UNREACHABLE: failure.unreachableAdvice,
  UNAUTHENTICATED: failure.unauthenticatedAdvice,
  PERSISTED_QUERY_ONLY: failure.persistedAdvice,
}

/** Returns why an operation failed, and what to do. */
export function failureText({ code, message }: Problem): { readonly title: string; readonly advice: string } {
  return { title: TITLES[code] ?? failure.other, advice: ADVICE[code] ?? message }
}

/** Says why an operation failed, and what to do. */
export function FailureNotice({ error }: { readonly error: CombinedError }) {
  const { title, advice } = failureText(problemOf(error))
  return (
    <Notice kind="error" title={title}>
      {advice}
    </Notice>
  )
}
