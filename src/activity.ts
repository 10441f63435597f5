import type { Clock } from './clock.ts'
import { type BucketCount, LatencyHistogram } from './latency-histogram.ts'

const SLICE_MS = 5000
/** What figures are over: the slices of a minute. The one that is being filled comes on top. */
const SLICES = 12

/** What a process did over the last minute, as it can be added up with that of others. */
export interface ActivityFigures {
  /** Seconds that they cover: less than a minute of a process that has just started. */
  readonly seconds: number
  readonly events: number
  readonly slates: number
  /** Streams that are open now. */
  readonly subscribers: number
  readonly recommendationMs: readonly BucketCount[]
  readonly eventToSlateMs: readonly BucketCount[]
}

interface Slice {
  /** In ms of monotonic time. */
  readonly since: number
  events: number
  slates: number
  readonly recommendationMs: LatencyHistogram
  readonly eventToSlateMs: LatencyHistogram
}

/** Counts what this process does, in slices of five seconds that are dropped after a minute. */
export class Activity {
  readonly #monotonic: () => number
  readonly #began: number
  /** When the process started, in ms since 1970. */
  readonly startedAt: number
  #slices: Slice[] = []
  #subscribers = 0

  constructor({ wall, monotonic }: Pick<Clock, 'wall' | 'monotonic'>) {
    this.startedAt = wall()
    this.#monotonic = monotonic
    this.#began = monotonic()
  }

  recorded(events: number): void {
    this.#slice().events += events
  }

  /** @param tookMs from the request to the slate, what is kept of it included */
  recommended(tookMs: number): void {
    const slice = this.#slice()
    slice.slates++
    slice.recommendationMs.add(tookMs)
  }

  /** @param ms from the recording of an event to the slate that answers to it on a stream */
  answered(ms: number): void {
    this.#slice().eventToSlateMs.add(Math.max(0, ms))
  }

  /** A stream is open. @returns to be called when it has ended */
  opened(): () => void {
    this.#subscribers++
    let isOpen = true
    return () => {
      if (isOpen) this.#subscribers--
      isOpen = false
    }
  }

  figures(): ActivityFigures {
    const now = this.#monotonic()
    const slices = this.#current(now)
    const since = Math.max(this.#began, now - (now % SLICE_MS) - SLICES * SLICE_MS)
    const recommendationMs = new LatencyHistogram()
    const eventToSlateMs = new LatencyHistogram()
    for (const slice of slices) {
      recommendationMs.addAll(slice.recommendationMs.buckets())
      eventToSlateMs.addAll(slice.eventToSlateMs.buckets())
    }
    return {
      seconds: (now - since) / 1000,
      events: slices.reduce((sum, { events }) => sum + events, 0),
      slates: slices.reduce((sum, slice) => sum + slice.slates, 0),
      subscribers: this.#subscribers,
      recommendationMs: recommendationMs.buckets(),
      eventToSlateMs: eventToSlateMs.buckets(),
    }
  }

  #slice(): Slice {
    const now = this.#monotonic()
    const since = now - (now % SLICE_MS)
    let last = this.#slices.at(-1)
    if (last === undefined || last.since < since) {
      const histograms = { recommendationMs: new LatencyHistogram(), eventToSlateMs: new LatencyHistogram() }
      last = { since, events: 0, slates: 0, ...histograms }
      this.#slices = [...this.#current(now), last]
    }
    return last
  }

  #current(now: number): Slice[] {
    return this.#slices.filter(({ since }) => since >= now - (now % SLICE_MS) - SLICES * SLICE_MS)
  }
}
