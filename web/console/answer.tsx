import type { ReactNode } from 'react'
import type { UseQueryState } from 'urql'
import { Placeholder } from '../design/notice.tsx'
import { FailureNotice } from './failure-notice.tsx'
import { texts } from './texts.ts'

export interface AnswerProps<Data> {
  readonly of: Pick<UseQueryState<Data>, 'data' | 'error'>
  /** Height of the content in CSS pixels, about: nothing jumps when it comes. */
  readonly height: number
  /** Shows the data. An error stands above it, if the answer has both. */
  readonly children: (data: Data) => ReactNode
}

/** The answer to a query: a grey field until it comes, then what it says, or why there is none. */
export function Answer<Data>({ of: { data, error }, height, children }: AnswerProps<Data>) {
  return (
    <>
      {error && <FailureNotice error={error} />}
      {data === undefined ? !error && <Placeholder label={texts.loading} height={height} /> : children(data)}
    </>
  )
}
