import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { z } from 'zod'

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
})

/** What a client receives: the answer to an operation, or one message of a subscription. */
export type Answer = z.infer<typeof answer>

/** @throws when it is not shaped like one */
export function answerOf(message: unknown): Answer {
  return answer.parse(message)
}

export type Variables = Record<string, unknown>

/** Messages of one subscription, in the order in which they came. */
export class Messages {
  readonly #arrived: Answer[] = []
  readonly #waiting: { resolve(message: Answer): void; reject(error: Error): void }[] = []
  readonly #ended: Promise<void>
  #settle!: { resolve(): void; reject(error: Error): void }
  #over: Error | undefined
  /** Ends the subscription from the client's side. */
  readonly end: () => void

  constructor(start: (messages: Messages) => () => void) {
    this.#ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // Who does not ask for the end need not hear how it came.
    this.#ended.catch(() => {})
    this.end = start(this)
  }

  /** Resolves with the next message, whether it is here already or is still to come. @throws when the stream is over */
  next(): Promise<Answer> {
    const message = this.#arrived.shift()
    if (message) return Promise.resolve(message)
    if (this.#over) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Reads on until a message is as wanted. @returns all that were read, the wanted one last */
  async until(wanted: (message: Answer) => boolean): Promise<Answer[]> {
    const read: Answer[] = []
    for (;;) {
      const message = await this.next()
      read.push(message)
      if (wanted(message)) return read
    }
  }

  /** How many have arrived and were not read. */
  get unread(): number {
    return this.#arrived.length
  }

  /** Resolves when the server has ended the stream in an orderly way, rejects when it broke. */
  get ended(): Promise<void> {
    return this.#ended
  }

  receive(message: unknown): void {
    const parsed = answerOf(message)
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve(parsed)
    else this.#arrived.push(parsed)
  }

  finish(failure?: unknown): void {
    if (this.#over) return
    this.#over = failure === undefined ? new Error('The stream has ended.') : new Error('The stream broke.', { cause: failure })
    if (failure === undefined) this.#settle.resolve()
    else this.#settle.reject(this.#over)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#over)
  }
}

/** A client of one transport. */
export interface GraphQLClient {
  /** One operation, one answer. */
  ask(query: string, variables?: Variables): Promise<Answer>
  subscribe(query: string, variables?: Variables): Messages
  close(): Promise<void>
}

/** Answers by HTTP POST. */
export async function post(url: string, query: string, variables?: Variables, token?: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  })
  return answerOf(await response.json())
}

/** graphql-transport-ws: all operations on one socket, which is never opened again by itself. */
export function webSocketClient(
  url: string,
  token?: string,
): GraphQLClient & { readonly closed: Promise<{ code: number; reason: string }> } {
  const client = createSocketClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    ...(token !== undefined && { connectionParams: { Authorization: `Bearer ${token}` } }),
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    client.on('closed', (event) => resolve(z.object({ code: z.number(), reason: z.string() }).parse(event)))
  })
  const subscribe = (query: string, variables?: Variables) =>
    new Messages((messages) =>
      client.subscribe(
        { query, ...(variables && { variables }) },
        {
          next: (message) => messages.receive(message),
          // An `error` message of the protocol: the operation as a whole was refused.
          error: (error) => {
            if (Array.isArray(error)) messages.receive({ errors: error })
            messages.finish(Array.isArray(error) ? undefined : error)
          },
          complete: () => messages.finish(),
        },
      ),
    )
  return {
    closed,
    subscribe,
    ask: (query, variables) => subscribe(query, variables).next(),
    close: async () => client.dispose(),
  }
}

/** Server-sent events, in distinct connections mode: each operation is a request of its own. */
export function sseClient(url: string, token?: string): GraphQLClient {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const client = createSseClient({ url, retryAttempts: 0, headers })
  const subscribe = (query: string, variables?: Variables) =>
    new Messages((messages) =>
      client.subscribe(
        { query, ...(variables && { variables }) },
        {
          next: (message) => messages.receive(message),
          error: (error) => messages.finish(error),
          complete: () => messages.finish(),
        },
      ),
    )
  return { subscribe, ask: (query, variables) => subscribe(query, variables).next(), close: async () => client.dispose() }
}
