import { useEffect, useMemo, useState } from 'react'
import { useQuery, useSubscription } from 'urql'
import {
  type ExplainedSlateFragment,
  SlateNowDocument,
  UserChangesDocument,
  UserTimelineDocument,
} from '../../generated/console-user.ts'

/** How many events the first page of the timeline has. */
export const TIMELINE_PAGE = 25

/** Follows a user: the features of this moment, and the first page of events, read again after each change. */
export function useLiveUser(userId: string) {
  const [{ data, error }] = useSubscription({ query: UserChangesDocument, variables: { userId } })
  const changes = data?.userFeatures
  const [timeline, read] = useQuery({
    query: UserTimelineDocument,
    variables: { userId, first: TIMELINE_PAGE },
    requestPolicy: 'cache-and-network',
  })
  const version = changes?.version
  // Also after the first message: events may have come since the timeline was read, above all after a lost connection.
  useEffect(() => {
    if (version !== undefined) read({ requestPolicy: 'network-only' })
  }, [version, read])
  return { changes, error, timeline }
}

export interface LiveSlateOptions {
  /** Place where the slate would be shown; null for none. */
  readonly surface: string | null
  /** Whether the slate is one that an app would get, with items drawn at random. The service then stores it. Otherwise, it is a preview. */
  readonly isReal: boolean
}

/** Follows the slate of a user. */
export function useLiveSlate(userId: string, { surface, isReal }: LiveSlateOptions) {
  const [slate, setSlate] = useState<ExplainedSlateFragment>()
  const input = useMemo(
    () => ({ userId, first: 12, preview: !isReal, ...(surface !== null && { surface }) }),
    [userId, surface, isReal],
  )
  const [{ data, error }] = useSubscription({ query: SlateNowDocument, variables: { input } })
  useEffect(() => {
    if (data) setSlate(data.recommendations)
  }, [data])
  return { slate, error, input }
}
