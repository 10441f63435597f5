import type { CombinedError } from 'urql'
import { isUnreachable, problemOf } from '../api/problem.ts'
import { Button } from '../design/button.tsx'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

export interface TroubleNoticeProps {
  /** What cannot be shown. */
  readonly title: string
  readonly error: CombinedError
  readonly onRetry: () => void
}

/** Stands where something cannot be loaded, and says why. The page tries again by itself if the service does not answer. */
export function TroubleNotice({ title, error, onRetry }: TroubleNoticeProps) {
  return (
    <Notice kind={isUnreachable(error) ? 'warning' : 'error'} title={title}>
      <p>{isUnreachable(error) ? texts.outage.goesOn : problemOf(error).message}</p>
      <Button size="small" onClick={onRetry}>
        {texts.retry}
      </Button>
    </Notice>
  )
}
