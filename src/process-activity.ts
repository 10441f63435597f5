import type { Clock } from './clock.ts'
import { type BucketCount, LatencyHistogram } from './latency-histogram.ts'

const SLICE_MS = 5000
/** What figures are over: the slices of a minute. The one that is being filled comes on top. */
const SLICES = 12

/** Figures about the last minute of a process. They can be added to those of other processes. */
export interface ActivityFigures {
  /** Length of the covered time, in s. Less than a minute if the process has just started. */
  readonly seconds: number
  readonly events: number
  readonly slates: number
  /** Number of open streams. */
  readonly subscribers: number
  readonly recommendationMs: readonly BucketCount[]
  readonly eventToSlateMs: readonly BucketCount[]
}

/** Receives the activity of streams of slates. */
export interface LiveObserver {
  /** A slate was sent. */
  pushed(): void
  /** A slate was made and not sent, since the client shows the same: `onlyChanged` or `unless`. */
  heldBack(): void
  /** A change was merged into a slate that was waiting to be made. */
  coalesced(): void
  /** A slate that is not the first of its stream got its turn. @param ms time since it was due, in ms */
  stretched(ms: number): void
  /** A slate was sent after an event. @param ms time from recording the event to sending the slate, in ms */
  answered(ms: number): void
}

interface Slice {
  /** In ms of monotonic time. */
  readonly since: number
  events: number
  slates: number
  readonly recommendationMs: LatencyHistogram
  readonly eventToSlateMs: LatencyHistogram
}

/** Counts events, slates and streams of this process, in slices of five seconds. Slices are dropped after a minute. */
export class Activity {
  readonly #monotonic: () => number
  #began: number
  /** Start of the process, in ms since 1970. */
  readonly startedAt: number
  #slices: Slice[] = []
  #subscribers = 0
  readonly #observer: LiveObserver | undefined

  constructor({ wall, monotonic }: Pick<Clock, 'wall' | 'monotonic'>, observer?: LiveObserver) {
    this.#observer = observer
    this.startedAt = wall()
    this.#monotonic = monotonic
    this.#began = monotonic()
  }

  /** Forgets what was counted so far: it was preparation, such as the filling of a store, and not what users do. */
  beginAnew(): void {
    this.#began = this.#monotonic()
    this.#slices = []
  }

  recorded(events: number): void {
    this.#slice().events += events
  }

  /** Counts a slate. @param tookMs time from the request to the slate, including storing it, in ms */
  recommended(tookMs: number): void {
    const slice = this.#slice()
    slice.slates++
    slice.recommendationMs.add(tookMs)
  }

  /** Counts a slate that a stream sent after an event. @param ms time from recording the event to sending the slate, in ms */
  answered(ms: number): void {
    this.#slice().eventToSlateMs.add(Math.max(0, ms))
    this.#observer?.answered(ms)
  }

  /** Notes a slate that a stream sends. */
  pushed(): void {
    this.#observer?.pushed()
  }

  /** Notes a slate that a stream does not send, since its client shows the same. */
  heldBack(): void {
    this.#observer?.heldBack()
  }

  /** Notes a change that is merged into a slate that waits to be made. */
  coalesced(): void {
    this.#observer?.coalesced()
  }

  /** Notes that a slate of a stream got its turn. @param ms by how much the interval of the stream has become longer, in ms */
  stretched(ms: number): void {
    this.#observer?.stretched(ms)
  }

  /** Number of open streams. */
  get subscribers(): number {
    return this.#subscribers
  }

  /** Counts an open stream. @returns function to call when the stream has ended */
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
