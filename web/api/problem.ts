import type { CombinedError } from '@urql/core'

/** Why an operation failed. */
export interface Problem {
  /** Stable code of the service, such as `UNAUTHENTICATED`; `UNREACHABLE` if there was no answer. */
  readonly code: string
  /** What was wrong, where, and what to do, in the words of the service, if it has answered. */
  readonly message: string
}

/** Code with which the service closes a WebSocket whose key or token is not valid, or not any more. */
const UNAUTHORIZED = 4401

/** Browsers say `Failed to fetch`, `Load failed` or `NetworkError`, and proxies `Bad gateway`: nothing that readers can act on. */
const AWAY = 'The service does not answer. It may be restarting, or the network is down. Try again in a moment.'

/** Whether an operation failed since no answer came. */
export function isUnreachable(error: CombinedError | undefined): boolean {
  return error !== undefined && problemOf(error).code === 'UNREACHABLE'
}

/** Returns why a mutation failed: the operation, or the error in its result. Undefined if it has done what it should. */
export function mutationProblem(error: CombinedError | undefined, result: object | null | undefined): Problem | undefined {
  if (error) return problemOf(error)
  return result && 'code' in result && 'message' in result
    ? { code: String(result.code), message: String(result.message) }
    : undefined
}

/** Returns why an operation failed. */
export function problemOf({ graphQLErrors, networkError }: CombinedError): Problem {
  const [first] = graphQLErrors
  if (first) return { code: String(first.extensions.code ?? 'INTERNAL_SERVER_ERROR'), message: first.message }
  const isRefused = networkError !== undefined && 'code' in networkError && networkError.code === UNAUTHORIZED
  if (isRefused) return { code: 'UNAUTHENTICATED', message: 'The key or token is no longer valid.' }
  return { code: 'UNREACHABLE', message: AWAY }
}
