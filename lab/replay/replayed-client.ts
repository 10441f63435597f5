import { setTimeout as wait } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { bearer } from '../../src/commands/ask-service.ts'
import { UnavailableError } from '../../src/errors.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { invariant } from '../../src/invariant.ts'
import { RECOMMENDATIONS, RECORD_EVENT, readAnswer, recordEventAnswer, slateAnswer, toSlate } from '../client/answers.ts'
import { LiveSubscription, toFailure } from '../client/live-subscription.ts'
import { NEXT_ITEM_RULES } from '../learning/next-items.ts'

export interface AppOptions {
  /** Address of the GraphQL endpoint: ws://… or wss://… */
  readonly url: string
  readonly userId: string
  readonly sessionId: string | undefined
  /** Items on the screen. */
  readonly first: number
  /** Event types that bring a new slate. */
  readonly eventTypes: readonly string[]
}

/** What the server says about one event. */
export type Recorded = z.infer<typeof recordEventAnswer>['recordEvent']

interface Screen {
  /** From the top. */
  readonly itemIds: readonly string[]
  /** When it came, on the clock of `performance.now`. */
  readonly at: number
}

/** How long a slate, or the server itself, may stay away. */
const PATIENCE_MS = 60_000
const RETRY_MS = 200

/**
 * The app of one user in one session, as on a phone. It has one WebSocket for its subscription and its events. When the
 * connection is lost, the app connects again, and sends unanswered events again with the same event ids.
 */
export class App {
  readonly #options: AppOptions
  readonly #client: Client
  #live: LiveSubscription | undefined

  constructor(options: AppOptions) {
    this.#options = options
    this.#client = connect(options.url)
  }

  /** Subscribes; resolves when the first slate has come. */
  async open(): Promise<void> {
    const { eventTypes } = this.#options
    // The next event is sent after the slate of the one before: there is nothing to throttle.
    const request = { input: this.#input(), eventTypes, minIntervalMs: 0 }
    this.#live = new LiveSubscription(this.#client, request, { reconnects: true })
    await this.screen(0)
  }

  /** Sends an event until it is answered. @throws LiverankError when the server answers anything but the contract's outcomes */
  async record(event: LoggedEvent): Promise<Recorded> {
    const { recordEvent } = await untilAnswered(() => call(this.#client, recordEventAnswer, RECORD_EVENT, event))
    return recordEvent
  }

  /** The slate on the screen as soon as it reflects this version of the user. @throws UnavailableError when it does not come */
  async screen(version: number): Promise<Screen> {
    invariant(this.#live !== undefined, 'APP_OPEN', 'a slate is asked for before the app is open')
    const live = this.#live
    const late = AbortSignal.timeout(PATIENCE_MS)
    const onLate = () => live.wake()
    late.addEventListener('abort', onLate)
    try {
      for (;;) {
        if (live.failure) throw live.failure
        const { latest } = live
        if (latest && latest.version >= version) return { itemIds: latest.slate.itemIds, at: latest.at }
        if (late.aborted) throw this.#lateness(version, latest?.version)
        await live.changed()
      }
    } finally {
      late.removeEventListener('abort', onLate)
    }
  }

  #lateness(version: number, latest: number | undefined): UnavailableError {
    const held = latest === undefined ? 'none came' : `the latest has version ${latest}`
    const { userId } = this.#options
    return new UnavailableError(`No slate of version ${version} came for ${userId} within ${PATIENCE_MS / 1000} s: ${held}.`)
  }

  /** A slate without these items. */
  async ask(exclude: readonly string[]): Promise<readonly string[]> {
    const input = { ...this.#input(), rules: { ...NEXT_ITEM_RULES, exclude } }
    const { recommendations } = await untilAnswered(() => call(this.#client, slateAnswer, RECOMMENDATIONS, input))
    return toSlate(recommendations).itemIds
  }

  async close(): Promise<void> {
    this.#live?.close()
    await this.#client.dispose()
  }

  #input() {
    const { userId, sessionId, first } = this.#options
    return { userId, first, rules: NEXT_ITEM_RULES, ...(sessionId !== undefined && { sessionId }) }
  }
}

/** Makes a client that connects again when its connection is lost, and sends everything again that was not answered. */
export function connect(url: string): Client {
  return createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: bearer(process.env.LIVERANK_TOKEN),
    retryAttempts: PATIENCE_MS / RETRY_MS,
    retryWait: () => wait(RETRY_MS),
    shouldRetry: () => true,
  })
}

/** Sends one query or mutation, and returns its data. */
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
        error: (error) => reject(toFailure(error)),
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
