import type { Client } from '@urql/core'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { makeApiClient } from '../api/api-client.ts'
import type { Credential } from '../api/credential.ts'
import type { Problem } from '../api/problem.ts'
import { type ConsoleRole, readAccess } from './access.ts'

const RETRY_MS = 2000

/** What the service lets the reader do. */
export interface ReaderAccess {
  readonly client: Client
  /** Role of the reader, once the service has let them in. It stays after the token has expired. */
  readonly role: ConsoleRole | undefined
  /** Why the service did not let the reader in at the last attempt. */
  readonly refusal: Problem | undefined
  /** Whether an operation was refused because the token is no longer valid. */
  readonly isExpired: boolean
}

/** Asks the service what the reader may do; again and again while it does not answer. */
export function useAccess(credential: Credential): ReaderAccess {
  const [role, setRole] = useState<ConsoleRole>()
  const [refusal, setRefusal] = useState<Problem>()
  const [isExpired, setExpired] = useState(false)
  // An answer to a former credential may come late, and says nothing of the present one.
  const current = useRef(credential)
  const client = useMemo(() => {
    const onProblem = ({ code }: Problem) => {
      if (code === 'UNAUTHENTICATED' && current.current === credential) setExpired(true)
    }
    return makeApiClient(credential, onProblem)
  }, [credential])
  const ask = useCallback(async () => {
    const answer = await readAccess(client)
    if (current.current !== credential) return
    if ('problem' in answer) setRefusal(answer.problem)
    else {
      setRole(answer.role)
      setRefusal(undefined)
      setExpired(false)
    }
  }, [client, credential])
  // Before the browser paints: the answer comes a frame earlier.
  useLayoutEffect(() => {
    current.current = credential
    void ask()
  }, [ask, credential])
  const isUnreachable = refusal?.code === 'UNREACHABLE'
  useEffect(() => {
    if (!isUnreachable) return
    const timer = setInterval(() => void ask(), RETRY_MS)
    return () => clearInterval(timer)
  }, [isUnreachable, ask])
  return { client, role, refusal, isExpired }
}
