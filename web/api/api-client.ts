import { Client, type ExecutionResult, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { authExchange } from '@urql/exchange-auth'
import { createClient } from 'graphql-ws/client'
import { type Credential, enteredCredential } from './credential.ts'
import { type Problem, problemOf } from './problem.ts'

/** How a page reaches the service. */
export interface Network {
  readonly fetch: typeof fetch
  readonly socketClass: typeof WebSocket
  /** Waits before the next attempt, for a time in ms. It may be shorter, if the service is known to be back. */
  readonly pause: (ms: number) => Promise<void>
}

const BROWSER: Network = {
  fetch: (input, init) => fetch(input, init),
  socketClass: WebSocket,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

const LONGEST_WAIT_MS = 5_000
/** A service that takes longer to answer hangs, or is out of reach. */
const LONGEST_ANSWER_MS = 30_000
const PING_MS = 20_000
const LONGEST_PONG_MS = 10_000

/** Queries are sent again as often as a WebSocket that has failed this often before: after 1.6 to 3.2 s. */
const LATER_ATTEMPT = 4

/** Time until the next attempt to connect, in ms. It is left to chance, so that not all pages of a service that was away come at once. */
const waitMs = (retries: number) => Math.min(LONGEST_WAIT_MS, 200 * 2 ** retries) * (0.5 + Math.random() / 2)

/** Codes of failures that pass by themselves. */
const PASSING = new Set(['UNREACHABLE', 'UNAVAILABLE'])

/**
 * Makes a client of the API of the service from which the page comes. Each answer is fresh: nothing is cached. A query that fails
 * because the service or its store is away is sent again and again, as long as something on the page shows its answer. An operation
 * whose token is refused is sent once more with a new one, if the credential can be renewed.
 * A service that takes longer than 30 s to answer, or 10 s to answer on its WebSocket, counts as away.
 * @param credential none if absent
 * @param onProblem called whenever an operation fails, also in part
 * @param network that of the browser if absent
 */
export function makeApiClient(
  credential: Credential = enteredCredential(undefined),
  onProblem: (problem: Problem) => void = () => {},
  network: Network = BROWSER,
): Client {
  const url = new URL('/graphql', location.href)
  const headers = (): Record<string, string> => {
    const token = credential.token()
    return token === undefined ? {} : { Authorization: `Bearer ${token}` }
  }
  const socketUrl = Object.assign(new URL(url), { protocol: url.protocol.replace('http', 'ws') })
  let awaited: ReturnType<typeof setTimeout> | undefined
  const socket = createClient({
    url: socketUrl.href,
    webSocketImpl: network.socketClass,
    connectionParams: async () => {
      await credential.renew?.()
      return headers()
    },
    connectionAckWaitTimeout: LONGEST_PONG_MS,
    keepAlive: PING_MS,
    on: {
      ping: (isReceived) => {
        if (!isReceived) awaited = setTimeout(() => socket.terminate(), LONGEST_PONG_MS)
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(awaited)
      },
      closed: () => clearTimeout(awaited),
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) => network.pause(waitMs(retries)),
  })
  const client: Client = new Client({
    url: url.href,
    fetch: (input, init) => network.fetch(input, { ...init, signal: endingIn(LONGEST_ANSWER_MS, init?.signal) }),
    exchanges: [
      mapExchange({
        onError: (error, operation) => {
          const problem = problemOf(error)
          onProblem(problem)
          // The client drops an operation whose answer nothing shows any longer.
          if (operation.kind === 'query' && PASSING.has(problem.code))
            void network.pause(waitMs(LATER_ATTEMPT)).then(() => client.reexecuteOperation(operation))
        },
      }),
      authExchange(({ appendHeaders }) =>
        Promise.resolve({
          addAuthToOperation: (operation) => appendHeaders(operation, headers()),
          didAuthError: (error) => credential.renew !== undefined && problemOf(error).code === 'UNAUTHENTICATED',
          refreshAuth: () => credential.renew?.() ?? Promise.resolve(),
        }),
      ),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: query ?? '', variables: variables as Record<string, unknown> },
              { ...sink, next: (result) => sink.next({ ...result, data: result.data ?? null } as ExecutionResult) },
            ),
          }),
        }),
      }),
    ],
    requestPolicy: 'network-only',
    // The service takes operations by POST alone.
    preferGetMethod: false,
  })
  return client
}

/** Returns a signal that ends a request after a time in ms, or with another signal. */
function endingIn(ms: number, other: AbortSignal | null | undefined): AbortSignal {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(new DOMException('There was no answer.', 'TimeoutError')), ms)
  other?.addEventListener('abort', () => {
    clearTimeout(timer)
    end.abort(other.reason)
  })
  return end.signal
}
