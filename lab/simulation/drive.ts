import { LiverankError, UnavailableError } from '../../src/errors.ts'
import type { AnsweredSlate } from '../client/answers.ts'
import { ArrivingItems } from './arriving-items.ts'
import { runSession } from './behaviour.ts'
import { type DriveReport, DriveTally } from './drive-report.ts'
import { type Guest, Guests } from './guests.ts'
import { HttpTransport } from './http-transport.ts'
import { LiveTransport } from './live-transport.ts'
import { openSession, type Session } from './session.ts'
import type { Shop } from './shop.ts'
import { knownUsers, type Shopper } from './shopper.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { SlateRequest } from './slate-request.ts'
import type { SessionChannel, Transport } from './transport.ts'
import { expectedClicks, idealSlate } from './true-gain.ts'

/** The server to be driven, by its address or by something that stands for it. */
export type DriveTarget =
  | {
      /** Of the GraphQL endpoint, such as http://127.0.0.1:4000/graphql. */
      url: string
      /** Slates come by subscription over WebSocket instead of by query. */
      live?: boolean
      /** Sent with each request and when a WebSocket connects, such as authorization. */
      headers?: Record<string, string>
    }
  | { transport: Transport }

/** The end of a simulation: after this many visits, or at a time of `now`, whichever comes first. */
export type DriveEnd = { sessions: number; until?: number } | { sessions?: number; until: number }

export type DriveOptions = DriveTarget &
  DriveEnd & {
    shop: Shop
    shoppers: readonly Shopper[]
    seed: number
    /** Shoppers in the shop at once; 16 by default, and never more than there are. */
    concurrency?: number
    /** Events a second at most, of all shoppers together; as many as come by default. */
    rate?: number
    /** So many seconds of a shopper's visit go by in one second; 60 by default. Infinity: nobody ever waits. */
    speed?: number
    /** Whether the server ranks the results of searches. False by default: the shop shows them without the server. */
    search?: boolean
    /** Begins the ids of sessions and events, so that a second run with the same seed is not taken for a repeat; `now` by default. */
    run?: string
    /** Milliseconds since 1970, whole or not: the time of events, and the measure of latencies. */
    now: () => number
    /** Resolves after this many milliseconds, or at once if the signal aborts. */
    wait: (ms: number, signal?: AbortSignal) => Promise<void>
    /** Called about once a second of `now`. */
    onProgress?: (report: DriveReport) => void
    /** Ends the run early; the report is then of what was done. */
    signal?: AbortSignal
  }

const ATTEMPTS = 8
const FIRST_BACKOFF_MS = 50
const FAILURES_IN_A_ROW = 20

/** Events that an app keeps back until something else happens. */
const KEPT_BACK: readonly SimulatedEvent['eventType'][] = ['session_start', 'impression']

/**
 * Drives a running server through its public API: brings the catalogue, then lets shoppers come and go, who ask for slates, look
 * at them as `examination` and `appeal` have it, and report what they do, at wall-clock time, with the id of the slate that they saw.
 *
 * Visits are in the order of the simulation's time, which starts at the shop's `startsAt` and skips what lies between them.
 *
 * @throws UnavailableError if twenty visits in a row failed; single failures are counted in the report
 */
export async function drive(options: DriveOptions): Promise<DriveReport> {
  const transport = 'transport' in options ? options.transport : createTransport(options)
  try {
    return await new Drive(options, transport).run()
  } finally {
    await transport.close()
  }
}

function createTransport({ url, live, headers, now, wait }: Extract<DriveOptions, { url: string }>): Transport {
  const address = { url, ...(headers === undefined ? {} : { headers }) }
  return live ? new LiveTransport({ ...address, now, wait }) : new HttpTransport(address)
}

class Drive {
  readonly #options: DriveOptions
  readonly #transport: Transport
  readonly #tally = new DriveTally()
  readonly #startedAt: number
  readonly #run: string
  readonly #guests: Guests
  /** Guests about whom the server has been told what the shop knows. */
  readonly #introduced = new Set<Guest>()
  /** Those of the shop's items that the server does not know. */
  readonly #items: ArrivingItems
  #catalogue: Promise<void> = Promise.resolve()
  #opened = 0
  #failuresInARow = 0
  #broken = false
  #nextSendAt = Number.NEGATIVE_INFINITY
  #progressAt: number

  constructor(options: DriveOptions, transport: Transport) {
    const { shop, shoppers, seed, now } = options
    this.#options = options
    this.#transport = transport
    this.#startedAt = now()
    this.#progressAt = this.#startedAt
    this.#run = options.run ?? Math.floor(this.#startedAt).toString(36)
    this.#items = new ArrivingItems(shop)
    this.#guests = new Guests(shoppers, shop.startsAt, seed)
  }

  async run(): Promise<DriveReport> {
    const { shop, shoppers, concurrency = 16 } = this.#options
    await this.#bringItems(shop.startsAt)
    const places = Array.from({ length: Math.min(concurrency, shoppers.length) }, () => this.#receiveGuests())
    const outcomes = await Promise.allSettled(places)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
    }
    return this.#report()
  }

  #report(): DriveReport {
    return this.#tally.report(this.#options.now() - this.#startedAt)
  }

  #isOver(): boolean {
    const { until = Number.POSITIVE_INFINITY, signal, now } = this.#options
    return this.#broken || signal?.aborted === true || now() >= until
  }

  async #receiveGuests(): Promise<void> {
    const { sessions = Number.POSITIVE_INFINITY } = this.#options
    try {
      while (!this.#isOver() && this.#opened < sessions) {
        const guest = this.#guests.call()
        if (guest === undefined) return
        this.#opened++
        await this.#receive(guest)
      }
    } catch (error) {
      this.#broken = true
      throw error
    }
  }

  async #receive(guest: Guest): Promise<void> {
    const { shop, seed, search = false } = this.#options
    const { shopper, memory, nextAt } = guest
    const visit = { visit: guest.visits, at: nextAt, run: this.#run }
    const session = openSession({ shop, shopper, memory, seed, ...visit, ranksSearches: search })
    try {
      await this.#bringItems(nextAt)
      await this.#introduce(guest)
      await this.#accompany(shopper, session)
      this.#tally.sessions++
      this.#failuresInARow = 0
    } catch (error) {
      if (!(error instanceof LiverankError)) throw error
      this.#tally.failed(error.message)
      if (++this.#failuresInARow >= FAILURES_IN_A_ROW) {
        throw new UnavailableError(`${FAILURES_IN_A_ROW} visits in a row failed, the last with: ${error.message}`, {
          cause: error,
        })
      }
    }
    this.#guests.leave(guest, session.at)
  }

  /** Uploads what the shop knows about a shopper, once. */
  async #introduce(guest: Guest): Promise<void> {
    const users = this.#introduced.has(guest) ? [] : knownUsers([guest.shopper])
    if (users.length > 0) await this.#persist(() => this.#transport.upsertUsers(users))
    this.#introduced.add(guest)
  }

  /** One visit from its start to its end. */
  async #accompany(shopper: Shopper, session: Session): Promise<void> {
    const channel = this.#transport.openSession({
      pushed: (ms) => this.#tally.pushLatency.add(ms),
      late: () => this.#tally.late++,
    })
    const outbox: SimulatedEvent[] = []
    const flush = (): Promise<void> => this.#send(channel, outbox.splice(0))
    try {
      const ask = async (request: SlateRequest): Promise<AnsweredSlate> => {
        await flush()
        return this.#ask(channel, shopper, session, request)
      }
      for await (const event of runSession(shopper, session, ask, this.#clock(session))) {
        outbox.push(event)
        if (!KEPT_BACK.includes(event.eventType)) await flush()
        if (this.#isOver()) break
      }
      await flush()
    } finally {
      await channel.close()
    }
  }

  /** Lets the compressed time between two moments of a visit go by, and tells the wall-clock time. */
  #clock(session: Session): (moment: number) => Promise<number> {
    const { now, wait, speed = 60, signal } = this.#options
    let last = session.at
    let owed = 0
    return async (moment) => {
      owed += (moment - last) / speed
      last = moment
      // Timers are no finer than this.
      if (owed >= 2) {
        await wait(owed, signal)
        owed = 0
      }
      return now()
    }
  }

  async #ask(channel: SessionChannel, shopper: Shopper, session: Session, request: SlateRequest): Promise<AnsweredSlate> {
    const { shop, now } = this.#options
    const slate = await this.#persist(() => {
      const askedAt = now()
      return channel.ask(request).then((answer) => {
        this.#tally.slateLatency.add(now() - askedAt)
        return answer
      })
    })
    const gain = (itemIds: readonly string[]): number => expectedClicks(shop, shopper, session, request.surface, itemIds)
    this.#tally.slate(slate, { served: gain(slate.itemIds), ideal: gain(idealSlate(shop, shopper, session, request)) })
    return slate
  }

  async #send(channel: SessionChannel, events: readonly SimulatedEvent[]): Promise<void> {
    if (events.length === 0) return
    const { now } = this.#options
    await this.#keepRate(events.length)
    this.#tally.sent(events)
    let unsent = events
    await this.#persist(async () => {
      const sentAt = now()
      const outcome = await channel.record(unsent)
      this.#tally.recordLatency.add(now() - sentAt)
      this.#tally.answered(outcome)
      unsent = outcome.unavailable
      if (unsent.length > 0) throw new UnavailableError('The server could not record an event.')
    })
    if (now() >= this.#progressAt + 1000) {
      this.#progressAt = now()
      this.#options.onProgress?.(this.#report())
    }
  }

  /** Makes a call again, later and later, as long as the service is not available: events keep their ids, so none counts twice. */
  async #persist<T>(call: () => Promise<T>): Promise<T> {
    const { wait, signal } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof UnavailableError) || attempt === ATTEMPTS || signal?.aborted) throw error
        this.#tally.retries++
        await wait(FIRST_BACKOFF_MS * 2 ** attempt, signal)
      }
    }
  }

  async #keepRate(events: number): Promise<void> {
    const { now, wait, rate = Number.POSITIVE_INFINITY, signal } = this.#options
    const at = Math.max(now(), this.#nextSendAt)
    this.#nextSendAt = at + (events * 1000) / rate
    if (at - now() >= 1) await wait(at - now(), signal)
  }

  /** Uploads what has arrived in the shop by a moment of the simulation, one call after another; what fails is left to the next. */
  #bringItems(moment: number): Promise<void> {
    this.#catalogue = this.#catalogue
      .catch(() => {})
      .then(() => this.#items.upload(moment, (items) => this.#persist(() => this.#transport.upsertItems(items))))
    return this.#catalogue
  }
}
