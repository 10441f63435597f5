import { LatencyHistogram, type Percentiles } from '../../src/latency-histogram.ts'
import type { AnsweredSlate } from '../client/answers.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { RecordOutcome } from './transport.ts'

/** Figures about driving a server, so far or in all. */
export type DriveReport = {
  elapsedMs: number
  /** Visits without a failure; those in progress at the end are cut short and counted. */
  sessions: number
  /** Recorded by the server for the first time. */
  events: number
  duplicates: number
  rejected: number
  /** Calls made again because the service was not available. */
  retries: number
  slates: number
  /** Slates that the service marked as made by a simpler rule. */
  fallbacks: number
  /** Items of slates that came on screen. */
  impressions: number
  /** Clicks on items of slates. */
  clicks: number
  carts: number
  purchases: number
  /** Clicks over impressions; undefined without impressions. */
  clickRate: number | undefined
  clicksPerSlate: number | undefined
  /** Clicks that a slate is worth by the shoppers' true tastes, on average; of the slates served, and of the best there could be. */
  trueGain: { served: number; ideal: number } | undefined
  /** Milliseconds from a request to its answer; `push` from sending an event to the slate that reflects it (live only). */
  latency: { slate: Percentiles | undefined; record: Percentiles | undefined; push: Percentiles | undefined }
  /** Pushed slates that did not come in time (live only). */
  late: number
  /** Failures by message: each ended a visit, or is the reason for a refused event. */
  failures: Record<string, number>
}

/** Adds up a `DriveReport`. */
export class DriveTally {
  readonly slateLatency = new LatencyHistogram()
  readonly recordLatency = new LatencyHistogram()
  readonly pushLatency = new LatencyHistogram()
  sessions = 0
  retries = 0
  late = 0
  #events = 0
  #duplicates = 0
  #rejected = 0
  #slates = 0
  #fallbacks = 0
  #impressions = 0
  #clicks = 0
  #carts = 0
  #purchases = 0
  #servedGain = 0
  #idealGain = 0
  readonly #failures = new Map<string, number>()

  slate({ fallback }: AnsweredSlate, gain: { served: number; ideal: number }): void {
    this.#slates++
    if (fallback) this.#fallbacks++
    this.#servedGain += gain.served
    this.#idealGain += gain.ideal
  }

  sent(events: readonly SimulatedEvent[]): void {
    for (const { eventType, recommendationId, positions } of events) {
      this.#impressions += positions?.length ?? 0
      if (eventType === 'click' && recommendationId !== undefined) this.#clicks++
      if (eventType === 'add_to_cart') this.#carts++
      if (eventType === 'purchase') this.#purchases++
    }
  }

  answered({ recorded, duplicates, rejected }: RecordOutcome): void {
    this.#events += recorded
    this.#duplicates += duplicates
    this.#rejected += rejected.length
    for (const reason of rejected) this.failed(`An event was rejected: ${reason}`)
  }

  failed(message: string): void {
    this.#failures.set(message, (this.#failures.get(message) ?? 0) + 1)
  }

  report(elapsedMs: number): DriveReport {
    const perSlate = (sum: number): number => sum / this.#slates
    return {
      elapsedMs,
      sessions: this.sessions,
      events: this.#events,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      retries: this.retries,
      slates: this.#slates,
      fallbacks: this.#fallbacks,
      impressions: this.#impressions,
      clicks: this.#clicks,
      carts: this.#carts,
      purchases: this.#purchases,
      clickRate: this.#impressions === 0 ? undefined : this.#clicks / this.#impressions,
      clicksPerSlate: this.#slates === 0 ? undefined : perSlate(this.#clicks),
      trueGain: this.#slates === 0 ? undefined : { served: perSlate(this.#servedGain), ideal: perSlate(this.#idealGain) },
      latency: {
        slate: this.slateLatency.percentiles(),
        record: this.recordLatency.percentiles(),
        push: this.pushLatency.percentiles(),
      },
      late: this.late,
      failures: Object.fromEntries(this.#failures),
    }
  }
}
