import type { AnyVariables, Client, DocumentInput } from '@urql/core'
import { useEffect, useState } from 'react'
import { type Problem, problemOf } from './problem.ts'

/** The latest answer to a query that is sent again and again, and why the last attempt failed, if it failed. */
export interface Polled<Data> {
  readonly data: Data | undefined
  readonly problem: Problem | undefined
  /** Number of answers and failures so far. */
  readonly count: number
}

/**
 * Sends a query without variables at once, and again a while after each answer. A hidden page sends none.
 * @param query it must be the same object in each render
 * @param pauseMs time from an answer until the next request, in ms
 */
export function usePolled<Data>(api: Client, query: DocumentInput<Data, AnyVariables>, pauseMs: number): Polled<Data> {
  const [polled, setPolled] = useState<Polled<Data>>({ data: undefined, problem: undefined, count: 0 })
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const ask = async () => {
      const { data, error } = document.hidden ? {} : await api.query(query, {}).toPromise()
      if (isOver) return
      if (data !== undefined || error !== undefined)
        setPolled((before) => ({
          data: data ?? before.data,
          problem: error && problemOf(error),
          count: before.count + 1,
        }))
      timer = setTimeout(() => void ask(), pauseMs)
    }
    void ask()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [api, query, pauseMs])
  return polled
}
