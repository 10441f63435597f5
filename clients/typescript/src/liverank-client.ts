import type { Client } from 'graphql-ws/client'
import { type Clock, systemClock } from './clock.ts'
import { makeEventId } from './event-id.ts'
import type { EventOutcome, RecordedEvents } from './event-outcome.ts'
import { EventQueue } from './event-queue.ts'
import { watchForeground } from './foreground.ts'
import { HttpTransport } from './http-transport.ts'
import { ImpressionCollector } from './impression-collector.ts'
import { indexedDbStorage } from './indexed-db-storage.ts'
import { LiveSlates, type SlateListener } from './live-slates.ts'
import { type RecordEventInput, RecordEventsDocument } from './operations.ts'
import { OptimisticRemovals } from './optimistic-removals.ts'
import { memoryStorage, type QueueStorage } from './queue-storage.ts'
import { RequestFailure } from './request-failure.ts'
import type { Slate, SlateRequest } from './slate.ts'
import { openSocket } from './socket.ts'
import { SteadySlate, type SwapWhen } from './steady-slate.ts'
import { type TokenProvider, TokenSource } from './token-source.ts'

/** An event, without the fields that the client adds: the user, the session, the time, and an id if there is none. */
export interface AppEvent extends Omit<RecordEventInput, 'userId' | 'sessionId' | 'timestamp'> {}

export interface LiverankClientOptions {
  /** Endpoint of the service, such as `https://recommendations.example/graphql`. */
  readonly url: string
  /** The user for whom this client records events and gets slates. After a login, close the client and make another one. */
  readonly userId: string
  /** Id of the visit. If absent, the service divides the events into sessions by their times. */
  readonly sessionId?: string
  /** Gives tokens of users to the client. Leave it out if the service needs none. */
  readonly token?: TokenProvider
  /** Where events wait. If absent: IndexedDB in browsers, memory elsewhere. */
  readonly storage?: QueueStorage
  /** Most events that wait at a time, 10,000 if absent. When another one comes, the oldest is dropped. */
  readonly maxEvents?: number
  /** Time that an item must be visible until it counts as seen, in ms; 1,000 if absent. */
  readonly dwellMs?: number
  /** Share of an element that must be visible, 0 to 1; a half if absent. */
  readonly visibleShare?: number
  /** Called with what became of each event. */
  readonly onOutcome?: (outcome: EventOutcome) => void
  /** Called with each slate that arrives, whether or not it is shown: for example, to measure the time since an event. */
  readonly onSlate?: (slate: Slate) => void
  /** Called with each failure, also with those after which the client goes on by itself. */
  readonly onProblem?: (problem: Error) => void
  /** The WebSocket class, where there is no global one: `WebSocket` of the package `ws`, in Node 20. */
  readonly webSocket?: unknown
  /** Replaces the global function, for example in tests. */
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** Returns numbers from 0 to below 1; `Math.random` if absent. */
  readonly random?: () => number
}

/** How a slate on screen behaves. */
export interface SteadyOptions {
  /** `untouched` if absent. */
  readonly swapWhen?: SwapWhen
  /** Time after the last touch until a waiting slate is shown, in ms; 400 if absent. */
  readonly settleMs?: number
}

/** A client of Liverank for the app or web page of one user. */
export class LiverankClient {
  /** Reports which items the user saw. */
  readonly impressions: ImpressionCollector
  readonly #options: LiverankClientOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #tokens: TokenSource
  readonly #http: HttpTransport
  readonly #queue: EventQueue
  #socket: Client | undefined
  readonly #removals = new OptimisticRemovals()
  readonly #live = new Set<LiveSlates>()
  readonly #stopWatching: () => void

  constructor(options: LiverankClientOptions) {
    const { url, clock = systemClock, random = Math.random } = options
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#tokens = new TokenSource(options.token)
    this.#http = new HttpTransport({ url, clock, fetch: options.fetch ?? globalThis.fetch.bind(globalThis) })
    this.#queue = new EventQueue({
      storage: options.storage ?? (typeof indexedDB === 'undefined' ? memoryStorage() : indexedDbStorage()),
      send: (ofUser, events) => this.#send(ofUser, events),
      clock,
      random,
      maxEvents: options.maxEvents ?? 10_000,
      onOutcome: (outcome) => this.#settle(outcome),
      onProblem: (problem) => this.#report(problem),
    })
    this.impressions = new ImpressionCollector({
      record: (impression) => void this.recordEvent(impression),
      clock,
      dwellMs: options.dwellMs ?? 1_000,
      visibleShare: options.visibleShare ?? 0.5,
      gatherMs: 500,
    })
    this.#stopWatching = watchForeground({
      onWake: () => void this.wake(),
      onHidden: (isHidden) => this.impressions.setHidden(isHidden),
    })
  }

  /** Number of events that wait for an answer of the service. */
  get waitingEvents(): number {
    return this.#queue.size
  }

  /**
   * Records an event of the user. It waits in the storage until the service has answered it.
   *
   * @returns the id of the event, when the storage has it
   * @throws TypeError if the event cannot be written as JSON
   */
  async recordEvent(event: AppEvent): Promise<string> {
    const { userId, sessionId } = this.#options
    // What waits must not change if the app changes its object.
    const copy: AppEvent = JSON.parse(JSON.stringify(event))
    const eventId = copy.eventId ?? makeEventId(this.#random)
    const session = sessionId === undefined ? {} : { sessionId }
    await this.#queue.add({ ...copy, ...session, eventId, userId, timestamp: this.#clock.now() })
    return eventId
  }

  /** Records an event, and at once takes its item out of the lists on screen. If the service refuses the event, the item comes back. */
  recordRemoval(event: AppEvent & { readonly itemId: string }): Promise<string> {
    const eventId = event.eventId ?? makeEventId(this.#random)
    this.#removals.remove(event.itemId, eventId)
    return this.recordEvent({ ...event, eventId })
  }

  /** Records an event that takes back a removal, such as `undismiss`, and at once lets its item return to the lists on screen. */
  recordReturn(event: AppEvent & { readonly itemId: string }): Promise<string> {
    this.#removals.restore(event.itemId)
    return this.recordEvent(event)
  }

  /** Gets a slate at once, and a new one after each change. Returns a function that ends this. */
  subscribe(request: SlateRequest, listener: SlateListener): () => void {
    const { userId, sessionId } = this.#options
    const live = new LiveSlates(
      {
        socket: this.#openSocket(),
        userId,
        sessionId,
        clock: this.#clock,
        random: this.#random,
        onTokenRefused: () => void this.#tokens.refuse(userId),
      },
      request,
      {
        onSlate: (slate) => {
          this.#guard(() => this.#options.onSlate?.(slate))
          this.#guard(() => listener.onSlate(slate))
        },
        onProblem: (problem, isFinal) => {
          this.#report(problem)
          this.#guard(() => listener.onProblem?.(problem, isFinal))
        },
      },
    )
    this.#live.add(live)
    return () => {
      this.#live.delete(live)
      live.close()
    }
  }

  /** Subscribes for a screen on which items do not move while the user touches them. `close` ends the subscription. */
  openSteadySlate(request: SlateRequest, options: SteadyOptions = {}): SteadySlate & { readonly close: () => void } {
    const { swapWhen = 'untouched', settleMs = 400 } = options
    const steady = new SteadySlate({ swapWhen, settleMs, clock: this.#clock, removals: this.#removals })
    const stopListening = this.#removals.listen(() => steady.refresh())
    const unsubscribe = this.subscribe(request, {
      onSlate: (slate) => steady.receive(slate),
      onProblem: (problem) => steady.fail(problem),
    })
    const close = () => {
      stopListening()
      unsubscribe()
    }
    return Object.assign(steady, { close })
  }

  /** Sends waiting events. Resolves when no event is left that can be sent now. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Tries again at once what waits because of a failure. In React Native, call it when the app is active or online again. */
  async wake(): Promise<void> {
    for (const live of this.#live) live.retryNow()
    await this.#queue.retryNow()
  }

  /** Ends all subscriptions, and sends nothing more. Events without an answer stay in the storage, for the next client. */
  close(): void {
    this.#stopWatching()
    this.impressions.close()
    for (const live of this.#live) live.close()
    this.#live.clear()
    this.#queue.close()
    // It rejects if the socket is just connecting, and fails to.
    Promise.resolve(this.#socket?.dispose()).catch(() => {})
  }

  /** A program that only records events needs no WebSocket class. */
  #openSocket(): Client {
    const { url, userId, webSocket } = this.#options
    this.#socket ??= openSocket({ url, clock: this.#clock, webSocket, token: () => this.#tokens.take(userId) })
    return this.#socket
  }

  /** Sends events of one user with a token of this user: some may be of a visitor who has logged in meanwhile. */
  async #send(userId: string, events: readonly RecordEventInput[], isRetry = false): Promise<RecordedEvents> {
    const token = await this.#tokens.take(userId)
    try {
      const { recordEvents } = await this.#http.send(RecordEventsDocument, { events: [...events] }, token)
      if (recordEvents === null) throw new RequestFailure('UNREACHABLE', 'The answer of the service has no results.')
      if ('message' in recordEvents) throw new RequestFailure(recordEvents.code, recordEvents.message)
      return recordEvents
    } catch (error) {
      const isRefused = error instanceof RequestFailure && error.code === 'UNAUTHENTICATED'
      if (!isRefused || !this.#tokens.refuse(userId) || isRetry) throw error
      return this.#send(userId, events, true)
    }
  }

  #settle(outcome: EventOutcome): void {
    this.#guard(() => this.#removals.settle(outcome))
    this.#guard(() => this.#options.onOutcome?.(outcome))
  }

  #report(problem: Error): void {
    this.#guard(() => this.#options.onProblem?.(problem))
  }

  /** An error in the code of the app must not stop the queue: it goes to the app's handler of uncaught errors. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
