import { useEffect, useState } from 'react'
import { type CombinedError, useQuery } from 'urql'
import { ServiceFiguresDocument } from '../../generated/console-overview.ts'
import { type StatusSample, withSample } from './status-history.ts'

const POLL_MS = 2000

/** What was read before the user went to another section: coming back does not empty the charts. */
let kept: readonly StatusSample[] = []

export interface StatusHistory {
  /** Oldest first; empty until the first answer. */
  readonly samples: readonly StatusSample[]
  /** Why the latest reading failed; absent if it did not. */
  readonly error: CombinedError | undefined
}

/** Reads the figures of the service every two seconds while the page is visible, and keeps those of the last minutes. */
export function useStatusHistory(): StatusHistory {
  const [samples, setSamples] = useState(kept)
  const [{ data, error, stale }, read] = useQuery({ query: ServiceFiguresDocument, requestPolicy: 'network-only' })
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) read({ requestPolicy: 'network-only' })
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [read])
  useEffect(() => {
    if (!data?.status || stale) return
    kept = withSample(kept, { at: Date.now(), figures: data.status })
    setSamples(kept)
  }, [data, stale])
  return { samples, error }
}
