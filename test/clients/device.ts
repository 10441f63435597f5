import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import {
  type Clock,
  type EventOutcome,
  LiverankClient,
  type LiverankClientOptions,
  memoryStorage,
} from '../../clients/typescript/src/index.ts'
import type { Service } from '../../src/service/service.ts'
import { asker } from '../support/server.ts'

/** Time stands still, and passes when the test says so. */
export class PassingClock implements Clock {
  #now = Date.now()
  #timers: { readonly at: number; readonly run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }

  /** Waits of the timers that are set, in ms, the shortest one first. */
  get waits(): number[] {
    return this.#timers.map(({ at }) => at - this.#now).sort((a, b) => a - b)
  }

  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#now = Math.max(this.#now, next.at)
      this.#timers = this.#timers.filter((one) => one !== next)
      next.run()
    }
    this.#now = until
  }

  /** The clock of the device is set to another time. */
  set(now: number): void {
    this.#now = now
  }
}

/** What happens to a request. */
type Fate = 'arrives' | 'is lost' | 'answer is lost'

/** The network of a device, between its client and the service. */
export class Network {
  /** The service that gets the requests. */
  url: string
  /** Of each request that is not in `fates`. */
  fate: Fate = 'arrives'
  /** Of the next requests. */
  readonly fates: Fate[] = []
  /** Bodies of the requests, also of those that were lost. */
  readonly bodies: string[] = []
  readonly #send: typeof globalThis.fetch

  constructor(url: string, send: typeof globalThis.fetch = globalThis.fetch) {
    this.url = url
    this.#send = send
  }

  readonly fetch: typeof globalThis.fetch = async (_, init) => {
    const fate = this.fates.shift() ?? this.fate
    this.bodies.push(String(init?.body))
    if (fate === 'is lost') throw new TypeError('Network request failed')
    const response = await this.#send(this.url, init)
    if (fate === 'arrives') return response
    await response.arrayBuffer()
    throw new TypeError('Network request failed')
  }

  /** Ids of the events of each request. */
  get sentIds(): string[][] {
    return this.bodies.map((body) => JSON.parse(body).variables.events.map(({ eventId }: { eventId: string }) => eventId))
  }
}

/** A device of a user: a client, with what it reported. */
export class Device {
  readonly client: LiverankClient
  readonly clock: PassingClock
  readonly outcomes: EventOutcome[] = []
  readonly problems: Error[] = []

  constructor(options: Partial<LiverankClientOptions> & { readonly url: string; readonly clock?: PassingClock }) {
    this.clock = options.clock ?? new PassingClock()
    this.client = new LiverankClient({
      userId: 'ana',
      storage: memoryStorage(),
      webSocket: WebSocket,
      random: () => 0.5,
      onOutcome: (outcome) => this.outcomes.push(outcome),
      onProblem: (problem) => this.problems.push(problem),
      ...options,
      clock: this.clock,
    })
    onTestFinished(() => this.client.close())
  }

  /** Ids and statuses of the events that have left the queue. */
  get statuses(): string[] {
    return this.outcomes.map(({ event, status }) => `${event.eventId} ${status}`)
  }

  /** Lets time pass, and waits until everything that can be sent is sent. */
  async pass(ms: number): Promise<void> {
    this.clock.pass(ms)
    await this.client.flush()
  }
}

const EVENTS = `query ($userId: ID!) {
  user(userId: $userId) { events(first: 500) { edges { node { eventId } } } }
}`

/** Ids of the events of a user that the service has, the first one first. */
export async function recordedIds(service: Service, userId = 'ana'): Promise<string[]> {
  const { data } = await asker(service)(EVENTS, { userId })
  const { user } = data as { user: { events: { edges: { node: { eventId: string } }[] } } | null }
  return (user?.events.edges ?? []).map(({ node }) => node.eventId).reverse()
}
