import type { Client } from 'graphql-ws'
import { z } from 'zod'
import { LiverankError, UnavailableError } from '../../src/errors.ts'
import { type AnsweredSlate, LIVE_RECOMMENDATIONS, readAnswer, slateAnswer, toSlate } from './answers.ts'

/** The variables of a `recommendations` subscription. */
export interface LiveRequest {
  readonly input: unknown
  /** Event types that bring a new slate. */
  readonly eventTypes: readonly string[]
  /** Shortest time between two slates, in ms; the service's own if absent. */
  readonly minIntervalMs?: number
}

/** A slate that came by subscription. */
export interface PushedSlate {
  readonly version: number
  readonly slate: AnsweredSlate
  /** Time at which the slate arrived, in ms of the clock of the subscription. */
  readonly at: number
}

export interface LiveSubscriptionOptions {
  /** ms; those of `performance.now` if absent. */
  readonly now?: () => number
  /** Called with each slate. */
  readonly onSlate?: (slate: PushedSlate) => void
  /** Whether the client comes back after a lost connection: the first slate then may be older than the last one before. */
  readonly reconnects: boolean
}

/** One `recommendations` subscription, from its first slate to its end. */
export class LiveSubscription {
  readonly #options: LiveSubscriptionOptions
  readonly #unsubscribe: () => void
  #latest: PushedSlate | undefined
  #failure: LiverankError | undefined
  #waiting: (() => void)[] = []

  constructor(client: Client, request: LiveRequest, options: LiveSubscriptionOptions) {
    this.#options = options
    this.#unsubscribe = client.subscribe(
      { query: LIVE_RECOMMENDATIONS, variables: { ...request } },
      {
        next: (response) => this.#arrive(response),
        error: (error) => this.#fail(toFailure(error)),
        complete: () => this.#fail(new UnavailableError('The server ended a subscription.')),
      },
    )
  }

  get latest(): PushedSlate | undefined {
    return this.#latest
  }

  /** Reason why no more slates will come; undefined as long as some may. */
  get failure(): LiverankError | undefined {
    return this.#failure
  }

  /** Resolves when the next slate comes, when the subscription fails, or by `wake`. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  close(): void {
    this.#unsubscribe()
  }

  #arrive(response: unknown): void {
    try {
      const { recommendations } = readAnswer(slateAnswer, response)
      const { version } = recommendations
      if (this.#latest !== undefined && version < this.#latest.version) {
        if (this.#options.reconnects) return
        throw new LiverankError('UNUSABLE_DATA', `The version of a slate fell from ${this.#latest.version} to ${version}.`)
      }
      const { now = () => performance.now(), onSlate } = this.#options
      this.#latest = { version, slate: toSlate(recommendations), at: now() }
      onSlate?.(this.#latest)
      this.wake()
    } catch (error) {
      this.#fail(toFailure(error))
    }
  }

  #fail(failure: LiverankError): void {
    this.#failure ??= failure
    this.wake()
  }
}

const refusal = z.array(z.object({ message: z.string() }))
const closing = z.object({ code: z.int(), reason: z.string().optional() })

/**
 * Makes an error of anything that graphql-ws reports: a list of GraphQL errors, the event that closed the socket, or an Error.
 */
export function toFailure(error: unknown): LiverankError {
  if (error instanceof LiverankError) return error
  const refused = refusal.safeParse(error)
  if (refused.success) {
    const messages = refused.data.map(({ message }) => message)
    return new LiverankError('UNUSABLE_DATA', `The server refused an operation: ${messages.join('; ')}`)
  }
  const closed = closing.safeParse(error)
  if (closed.success) {
    const { code, reason = '' } = closed.data
    return new UnavailableError(`The connection to the server was lost (${`${code} ${reason}`.trim()}).`, { cause: error })
  }
  const what = error instanceof Error ? error.message : String(error)
  return new UnavailableError(`The server cannot be reached: ${what}`, { cause: error })
}
