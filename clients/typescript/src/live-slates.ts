import type { Client } from 'graphql-ws/client'
import { backOffMs } from './back-off.ts'
import type { Clock } from './clock.ts'
import { LiveRecommendationsDocument } from './operations.ts'
import { failureOf, RequestFailure } from './request-failure.ts'
import { isStale, type Slate, type SlateRequest } from './slate.ts'

/** Codes of errors after which the same subscription may succeed. */
const PASSING = new Set(['INTERNAL_SERVER_ERROR', 'RATE_LIMITED', 'UNAUTHENTICATED', 'UNAVAILABLE', 'UNREACHABLE'])
/** Close codes that say that the token is not valid, or no longer. */
const TOKEN_CODES = new Set([4401, 4440])
/** Close codes that come again, because the client or the protocol is wrong. */
const LASTING_CODES = new Set([1002, 1003, 1007, 1009, 4400, 4406, 4409, 4429])
/** A subscription that lived so long has succeeded, even if no slate came, in ms. */
const SUCCESS_MS = 30_000

/** What receives the slates of a subscription. */
export interface SlateListener {
  readonly onSlate: (slate: Slate) => void
  /** Called when the subscription fails. With `isFinal`, it does not begin again: correct the request or the app. */
  readonly onProblem?: (problem: RequestFailure, isFinal: boolean) => void
}

export interface LiveSlatesOptions {
  readonly socket: Client
  readonly userId: string
  readonly sessionId: string | undefined
  readonly clock: Clock
  /** Returns numbers from 0 to below 1. */
  readonly random: () => number
  /** Called when the service refuses the token, or when the token has expired. */
  readonly onTokenRefused: () => void
}

/**
 * The slates of one user on one surface. After each loss of the connection it subscribes again, waits longer with each failure, and gets
 * a slate only if it differs from the latest one. Slates that are older than the latest one are dropped.
 */
export class LiveSlates {
  readonly #options: LiveSlatesOptions
  readonly #request: SlateRequest
  readonly #listener: SlateListener
  #latest: Slate | undefined
  #failures = 0
  #startedAt = 0
  #end = () => {}
  #cancelWait: (() => void) | undefined
  #closed = false

  constructor(options: LiveSlatesOptions, request: SlateRequest, listener: SlateListener) {
    this.#options = options
    this.#request = request
    this.#listener = listener
    this.#start()
  }

  /** Subscribes at once if it waits for the next attempt, for example when the device is online again. */
  retryNow(): void {
    if (this.#cancelWait) this.#start()
  }

  close(): void {
    this.#closed = true
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#end()
  }

  #start(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#startedAt = this.#options.clock.now()
    const { attributes, eventTypes, minIntervalMs = 100, unless, ...input } = this.#request
    const { userId, sessionId, socket } = this.#options
    const variables = {
      input: { ...input, userId, ...(sessionId !== undefined && { sessionId }) },
      attributes,
      eventTypes,
      minIntervalMs,
      unless: this.#latest?.recommendationId ?? unless,
    }
    let isOver = false
    const once = (end: () => void) => {
      if (isOver) return
      isOver = true
      end()
    }
    this.#end = socket.subscribe<{ recommendations: Slate }>(
      { query: LiveRecommendationsDocument.toString(), variables },
      {
        next: ({ data, errors }) => {
          if (data?.recommendations) this.#arrive(data.recommendations)
          else once(() => this.#fail(failureOf(errors) ?? new RequestFailure('UNREACHABLE', 'A message had no slate.')))
        },
        error: (error) => once(() => this.#fail(this.#failureOf(error))),
        complete: () => once(() => this.#fail(new RequestFailure('UNREACHABLE', 'The service ended the subscription.'))),
      },
    )
  }

  #arrive(slate: Slate): void {
    this.#failures = 0
    if (this.#closed || isStale(slate, this.#latest)) return
    this.#latest = slate
    this.#listener.onSlate(slate)
  }

  #fail(failure: RequestFailure): void {
    if (this.#closed) return
    this.#end()
    const { clock, random, onTokenRefused } = this.#options
    const isFinal = !PASSING.has(failure.code)
    if (failure.code === 'UNAUTHENTICATED') onTokenRefused()
    if (clock.now() - this.#startedAt >= SUCCESS_MS) this.#failures = 0
    this.#failures++
    if (!isFinal) {
      const wait = Math.max(failure.retryAfterMs ?? 0, backOffMs(this.#failures, random))
      this.#cancelWait = clock.after(wait, () => this.#start())
    }
    this.#listener.onProblem?.(failure, isFinal)
  }

  /** Makes a failure of what graphql-ws reports: a list of GraphQL errors, the event that closed the socket, or an Error. */
  #failureOf(error: unknown): RequestFailure {
    const failure = failureOf(error)
    if (failure) return failure
    if (typeof error !== 'object' || error === null || !('code' in error)) {
      const why = error instanceof Error ? error.message : 'The connection failed.'
      return new RequestFailure('UNREACHABLE', why)
    }
    const { code, reason = '' } = error as { code: number; reason?: string }
    const message = `The connection was closed (${code}). ${reason}`.trim()
    if (TOKEN_CODES.has(code)) return new RequestFailure('UNAUTHENTICATED', message)
    return new RequestFailure(LASTING_CODES.has(code) ? 'BAD_REQUEST' : 'UNREACHABLE', message)
  }
}
