import { setTimeout as wait } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { LiverankError, UnavailableError } from '../../src/errors.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import {
  LIVE_RECOMMENDATIONS,
  RECOMMENDATIONS,
  RECORD_EVENT,
  readAnswer,
  recordEventAnswer,
  slateAnswer,
  toSlate,
} from '../client/answers.ts'

export interface AppOptions {
  /** Of the GraphQL endpoint: ws://… or wss://… */
  readonly url: string
  readonly userId: string
  readonly sessionId: string | undefined
  /** Items on the screen. */
  readonly first: number
  /** Event types that bring a new slate. */
  readonly eventTypes: readonly string[]
}

export type Recorded = z.infer<typeof recordEventAnswer>['recordEvent']

interface Screen {
  readonly version: number
  /** From the top. */
  readonly itemIds: readonly string[]
  /** When it came, on the clock of `performance.now`. */
  readonly at: number
}

/** How long a slate, or the server itself, may stay away. */
const PATIENCE_MS = 60_000
const RETRY_MS = 200

/**
 * The app of one user in one session, as a phone has it: one WebSocket, on which it holds its subscription and sends its events.
 * When the connection is lost it connects again, and sends again what was not answered, under the same event id.
 */
export class App {
  readonly #options: AppOptions
  readonly #client: Client
  #screen: Screen | undefined
  #failure: Error | undefined
  #waiting: (() => void)[] = []
  #unsubscribe: (() => void) | undefined

  constructor(options: AppOptions) {
    this.#options = options
    this.#client = connect(options.url)
  }

  /** Subscribes; resolves when the first slate has come. */
  async open(): Promise<void> {
    const { eventTypes } = this.#options
    this.#unsubscribe = this.#client.subscribe(
      {
        query: LIVE_RECOMMENDATIONS,
        // The next event is sent after the slate of the one before: there is nothing to throttle.
        variables: { input: this.#input(), eventTypes, minIntervalMs: 0 },
      },
      {
        next: (response) => {
          try {
            const { recommendations } = readAnswer(slateAnswer, response)
            // A slate from before a lost connection may be newer than the first one after it.
            if (this.#screen && recommendations.version < this.#screen.version) return
            const { itemIds } = toSlate(recommendations)
            this.#screen = { version: recommendations.version, itemIds, at: performance.now() }
          } catch (error) {
            this.#failure = error as Error
          }
          this.#notify()
        },
        error: (error) => this.#fail(error),
        complete: () => this.#fail('the server ended a subscription'),
      },
    )
    await this.screen(0)
  }

  /** Sends an event until it is answered. @throws LiverankError when the server answers anything but the contract's outcomes */
  async record(event: LoggedEvent): Promise<Recorded> {
    const { recordEvent } = await untilAnswered(() => call(this.#client, recordEventAnswer, RECORD_EVENT, event))
    return recordEvent
  }

  /** The slate on the screen as soon as it reflects this version of the user. @throws UnavailableError when it does not come */
  async screen(version: number): Promise<Screen> {
    const late = AbortSignal.timeout(PATIENCE_MS)
    const onLate = () => this.#notify()
    late.addEventListener('abort', onLate)
    try {
      for (;;) {
        if (this.#failure) throw this.#failure
        if (this.#screen && this.#screen.version >= version) return this.#screen
        if (late.aborted) {
          const held = this.#screen ? `the latest has version ${this.#screen.version}` : 'none has come'
          throw new UnavailableError(
            `No slate of version ${version} came for ${this.#options.userId} within ${PATIENCE_MS / 1000} s: ${held}.`,
          )
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
    } finally {
      late.removeEventListener('abort', onLate)
    }
  }

  /** A slate without these items. */
  async ask(exclude: readonly string[]): Promise<readonly string[]> {
    const input = { ...this.#input(), rules: { exclude } }
    const { recommendations } = await untilAnswered(() => call(this.#client, slateAnswer, RECOMMENDATIONS, input))
    return toSlate(recommendations).itemIds
  }

  async close(): Promise<void> {
    this.#unsubscribe?.()
    await this.#client.dispose()
  }

  #input() {
    const { userId, sessionId, first } = this.#options
    return sessionId === undefined ? { userId, first } : { userId, first, sessionId }
  }

  #fail(reason: unknown): void {
    this.#failure ??= asError(reason)
    this.#notify()
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A client that comes back when its connection is lost, with all that was under way. */
export function connect(url: string): Client {
  return createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: PATIENCE_MS / RETRY_MS,
    retryWait: () => wait(RETRY_MS),
    shouldRetry: () => true,
  })
}

/** One query or mutation. */
export function call<T>(client: Client, schema: z.ZodType<T>, query: string, input: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    client.subscribe(
      { query, variables: { input } },
      {
        next: (response) => {
          try {
            resolve(readAnswer(schema, response))
          } catch (error) {
            reject(error)
          }
        },
        error: (error) => reject(asError(error)),
        complete: () => reject(new UnavailableError('The server ended an operation without an answer.')),
      },
    )
  })
}

/** Sends again, for as long as patience lasts, what the server could not do now. */
export async function untilAnswered<T>(send: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof UnavailableError) || performance.now() > end) throw error
      await wait(RETRY_MS)
    }
  }
}

/** graphql-ws hands on a list of GraphQL errors, the event that closed the socket, or an Error. */
function asError(reason: unknown): LiverankError {
  if (Array.isArray(reason)) {
    const messages = reason.map((error: { message?: unknown }) => String(error.message))
    return new LiverankError('UNUSABLE_DATA', `The server refused an operation: ${messages.join('; ')}`)
  }
  if (typeof reason === 'object' && reason !== null && 'code' in reason) {
    return new UnavailableError(`The connection to the server was lost (${String(reason.code)}).`, { cause: reason })
  }
  return new UnavailableError(`The server cannot be reached: ${reason instanceof Error ? reason.message : String(reason)}`)
}
