import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { UnavailableError } from '../../src/errors.ts'
import type { AnsweredSlate } from '../client/answers.ts'
import { LiveSubscription, type PushedSlate } from '../client/live-subscription.ts'
import { HttpTransport, type HttpTransportOptions } from './http-transport.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import { type SlateRequest, toRecommendationsInput } from './slate-request.ts'
import type { PushMeasure, RecordOutcome, SessionChannel, Transport } from './transport.ts'

export type LiveTransportOptions = HttpTransportOptions & {
  /** Milliseconds, for latencies. */
  now: () => number
  /** Resolves after this many milliseconds, or at once if the signal aborts. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

const PATIENCE_MS = 5_000

/** The events that bring a new slate: named, so that a shopper knows which slates to wait for. */
const TRIGGERS = ['search', 'click', 'view', 'add_to_cart', 'remove_from_cart', 'purchase']

/**
 * A transport that gives each visit a WebSocket of its own (graphql-transport-ws), as a phone has one. The subscription of the
 * home slate lasts from its first view to the end of the visit: a shopper who comes back to it sees the latest pushed slate. The
 * subscription of another screen lasts until the next screen asks. Events go by HTTP.
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

  upsertUsers(users: Parameters<Transport['upsertUsers']>[0]): Promise<void> {
    return this.#http.upsertUsers(users)
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

/** One subscription as a shopper sees it: what is on screen, and how long a push took after an event. */
class Screen {
  readonly #wait: LiveTransportOptions['wait']
  readonly #measure: PushMeasure
  readonly #live: LiveSubscription
  readonly #arrivals: { version: number; at: number }[] = []
  #expected: { version: number; sentAt: number } | undefined

  constructor(client: Client, request: SlateRequest, { now, wait }: LiveTransportOptions, measure: PushMeasure) {
    this.#wait = wait
    this.#measure = measure
    const onSlate = (slate: PushedSlate) => this.#arrive(slate)
    const live = { input: toRecommendationsInput(request), eventTypes: TRIGGERS }
    this.#live = new LiveSubscription(client, live, { now, onSlate, reconnects: false })
  }

  /** The slate on screen, as soon as it reflects what the shopper did; after five seconds the one before it will do. */
  async latest(): Promise<AnsweredSlate> {
    const live = this.#live
    const patience = new AbortController()
    let waiting = true
    const timeout = this.#wait(PATIENCE_MS, patience.signal).then(() => {
      waiting = false
    })
    while (waiting && live.failure === undefined && (live.latest === undefined || this.#expected !== undefined)) {
      await Promise.race([live.changed(), timeout])
    }
    patience.abort()
    if (live.failure !== undefined) throw live.failure
    if (live.latest === undefined) throw new UnavailableError(`A subscription sent no slate within ${PATIENCE_MS} ms.`)
    if (this.#expected !== undefined) {
      this.#expected = undefined
      this.#measure.late()
    }
    return live.latest.slate
  }

  /** An event that was sent at this time raised the user's version to this: a slate of that version is to come, or has. */
  expect(version: number, sentAt: number): void {
    const arrival = this.#arrivals.find((each) => each.version >= version)
    if (arrival === undefined) this.#expected = { version, sentAt }
    else this.#measure.pushed(arrival.at - sentAt)
  }

  close(): void {
    this.#live.close()
  }

  #arrive({ version, at }: PushedSlate): void {
    this.#arrivals.push({ version, at })
    if (this.#arrivals.length > 32) this.#arrivals.shift()
    if (this.#expected !== undefined && version >= this.#expected.version) {
      this.#measure.pushed(at - this.#expected.sentAt)
      this.#expected = undefined
    }
  }
}
