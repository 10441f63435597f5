import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { LiverankError, UnavailableError } from '../../src/errors.ts'
import { type AnsweredSlate, LIVE_RECOMMENDATIONS, readAnswer, slateAnswer, toSlate } from '../client/answers.ts'
import { HttpTransport, type HttpTransportOptions } from './http-transport.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import { type SlateRequest, toRecommendationsInput } from './slate-request.ts'
import type { PushMeasure, RecordOutcome, SessionChannel, Transport } from './transport.ts'

export type LiveTransportOptions = HttpTransportOptions & {
  /** Milliseconds, for latencies. */
  now: () => number
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

const PATIENCE_MS = 5_000

/** The events that bring a new slate: named, so that a shopper knows which slates to wait for. */
const TRIGGERS = ['search', 'click', 'view', 'add_to_cart', 'remove_from_cart', 'purchase']

/**
 * Each visit holds a WebSocket of its own (graphql-transport-ws), as a phone would. The home slate stays subscribed from when it
 * is first seen, and who comes back to it sees what was pushed; the slate of another screen, until the next screen asks.
 * Events go by HTTP.
 */
export class LiveTransport implements Transport {
  readonly #options: LiveTransportOptions
  readonly #http: HttpTransport

  constructor(options: LiveTransportOptions) {
    this.#options = options
    this.#http = new HttpTransport(options)
  }

  upsertItems(items: Parameters<Transport['upsertItems']>[0]): Promise<void> {
    return this.#http.upsertItems(items)
  }

  openSession(measure: PushMeasure): SessionChannel {
    return new LiveChannel(this.#options, this.#http, measure)
  }

  async close(): Promise<void> {
    await this.#http.close()
  }
}

class LiveChannel implements SessionChannel {
  readonly #options: LiveTransportOptions
  readonly #http: HttpTransport
  readonly #measure: PushMeasure
  readonly #client: Client
  #home: Screen | undefined
  #other: Screen | undefined

  constructor(options: LiveTransportOptions, http: HttpTransport, measure: PushMeasure) {
    this.#options = options
    this.#http = http
    this.#measure = measure
    this.#client = createClient({
      url: options.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      ...(options.headers === undefined ? {} : { connectionParams: options.headers }),
    })
  }

  async ask(request: SlateRequest): Promise<AnsweredSlate> {
    this.#other?.close()
    this.#other = undefined
    if (request.surface !== 'home') {
      this.#other = new Screen(this.#client, request, this.#options, this.#measure)
      return this.#other.latest()
    }
    this.#home ??= new Screen(this.#client, request, this.#options, this.#measure)
    return this.#home.latest()
  }

  async record(events: readonly SimulatedEvent[]): Promise<RecordOutcome> {
    const sentAt = this.#options.now()
    const outcome = await this.#http.record(events)
    if (outcome.recorded > 0 && events.some(({ eventType }) => TRIGGERS.includes(eventType))) {
      this.#home?.expect(outcome.version, sentAt)
    }
    return outcome
  }

  async close(): Promise<void> {
    this.#home?.close()
    this.#other?.close()
    await this.#client.dispose()
  }
}

/** One subscription, from its first slate to its end. */
class Screen {
  readonly #now: () => number
  readonly #wait: LiveTransportOptions['wait']
  readonly #measure: PushMeasure
  readonly #unsubscribe: () => void
  readonly #arrivals: { version: number; at: number }[] = []
  #latest: { version: number; slate: AnsweredSlate } | undefined
  #expected: { version: number; sentAt: number } | undefined
  #failure: LiverankError | undefined
  #waiting: (() => void)[] = []

  constructor(client: Client, request: SlateRequest, { now, wait }: LiveTransportOptions, measure: PushMeasure) {
    this.#now = now
    this.#wait = wait
    this.#measure = measure
    this.#unsubscribe = client.subscribe(
      { query: LIVE_RECOMMENDATIONS, variables: { input: toRecommendationsInput(request), eventTypes: TRIGGERS } },
      {
        next: (response) => this.#arrive(response),
        error: (error) => this.#fail(toFailure(error)),
        complete: () => this.#fail(new UnavailableError('The server ended a subscription.')),
      },
    )
  }

  /** The slate on screen, as soon as it reflects what the shopper did; after five seconds the one before it will do. */
  async latest(): Promise<AnsweredSlate> {
    const patience = new AbortController()
    let waiting = true
    const timeout = this.#wait(PATIENCE_MS, patience.signal).then(() => {
      waiting = false
    })
    while (waiting && this.#failure === undefined && (this.#latest === undefined || this.#expected !== undefined)) {
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), timeout])
    }
    patience.abort()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#latest === undefined) throw new UnavailableError(`A subscription brought no slate within ${PATIENCE_MS} ms.`)
    if (this.#expected !== undefined) {
      this.#expected = undefined
      this.#measure.late()
    }
    return this.#latest.slate
  }

  /** An event that was sent at this time raised the user's version to this: a slate of that version is to come, or has. */
  expect(version: number, sentAt: number): void {
    const arrival = this.#arrivals.find((each) => each.version >= version)
    if (arrival === undefined) this.#expected = { version, sentAt }
    else this.#measure.pushed(arrival.at - sentAt)
  }

  close(): void {
    this.#unsubscribe()
  }

  #arrive(response: unknown): void {
    try {
      const { recommendations } = readAnswer(slateAnswer, response)
      const { version } = recommendations
      if (this.#latest !== undefined && version < this.#latest.version) {
        throw new LiverankError('UNUSABLE_DATA', `The version of a slate fell from ${this.#latest.version} to ${version}.`)
      }
      this.#latest = { version, slate: toSlate(recommendations) }
      this.#arrivals.push({ version, at: this.#now() })
      if (this.#arrivals.length > 32) this.#arrivals.shift()
      if (this.#expected !== undefined && version >= this.#expected.version) {
        this.#measure.pushed(this.#now() - this.#expected.sentAt)
        this.#expected = undefined
      }
      this.#notify()
    } catch (error) {
      this.#fail(toFailure(error))
    }
  }

  #fail(failure: LiverankError): void {
    this.#failure ??= failure
    this.#notify()
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const refusal = z.array(z.object({ message: z.string() }))
const closing = z.object({ code: z.int(), reason: z.string() })

/** graphql-ws hands on a list of GraphQL errors, the event that closed the socket, or an Error. */
function toFailure(error: unknown): LiverankError {
  if (error instanceof LiverankError) return error
  const refused = refusal.safeParse(error)
  if (refused.success) {
    const messages = refused.data.map(({ message }) => message)
    return new LiverankError('UNUSABLE_DATA', `The server refused a subscription: ${messages.join('; ')}`)
  }
  const closed = closing.safeParse(error)
  const how = closed.success ? ` (${closed.data.code} ${closed.data.reason})` : ''
  return new UnavailableError(`The connection of a subscription was lost${how}.`, { cause: error })
}
