import { useEffect, useState } from 'react'
import { type CombinedError, useQuery } from 'urql'
import { ServiceFiguresDocument } from '../../generated/console.ts'
import { keepFigures, keptSamples, type StatusSample } from './status-history.ts'

const POLL_MS = 2000

export interface StatusHistory {
  /** Oldest first. The first one came with the answer that let the reader in. */
  readonly samples: readonly StatusSample[]
  /** Why the latest reading failed; absent if it did not. */
  readonly error: CombinedError | undefined
}

/** Reads the figures of the service every two seconds while the page is visible, and keeps those of the last minutes. */
export function useStatusHistory(): StatusHistory {
  const [samples, setSamples] = useState(keptSamples)
  const [{ data, error, stale }, read] = useQuery({ query: ServiceFiguresDocument, pause: true })
  useEffect(() => {
    const readShown = () => {
      if (!document.hidden) read()
    }
    const latest = keptSamples().at(-1)
    if (!latest || latest.at < Date.now() - POLL_MS) readShown()
    const timer = setInterval(readShown, POLL_MS)
    return () => clearInterval(timer)
  }, [read])
  useEffect(() => {
    if (!data?.status || stale) return
    keepFigures(data.status)
    setSamples(keptSamples())
  }, [data, stale])
  return { samples, error }
}
