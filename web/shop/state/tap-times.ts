import { Store } from './store.ts'

/** Most taps that are kept. */
const KEPT = 100
/** Most slates that are remembered, until the answers to their events have come. */
const REMEMBERED = 20

/** A tap whose slate has not come yet. Times are in ms, as `performance.now()` gives them. */
interface Tap {
  readonly eventId: string
  readonly at: number
  /** Version of the user after the event; undefined until the service has answered. */
  version: number | undefined
}

interface Arrival {
  readonly version: number
  readonly at: number
}

/**
 * The times from a tap until the slate that takes the tap into account has arrived in the browser, in ms, the latest last. They
 * include the queue of the client, the network both ways, the recording, and the making of the slate.
 */
export class TapTimes extends Store<readonly number[]> {
  #taps: Tap[] = []
  #arrivals: Arrival[] = []

  constructor() {
    super([])
  }

  begin(eventId: string, at: number): void {
    this.#taps = [...this.#taps.slice(1 - KEPT), { eventId, at, version: undefined }]
  }

  /** The service has recorded the event. A slate of this version, or of a higher one, reflects it. */
  recorded(eventId: string, version: number): void {
    const tap = this.#taps.find((one) => one.eventId === eventId)
    if (tap) tap.version = version
    this.#match()
  }

  /** No slate will come for the event, or no one can say when it would have come. */
  forget(eventId: string): void {
    this.#taps = this.#taps.filter((tap) => tap.eventId !== eventId)
  }

  /** Forgets all taps that wait, because the connection is lost. */
  forgetAll(): void {
    this.#taps = []
  }

  /** A slate has arrived. */
  arrived(version: number, at: number): void {
    this.#arrivals = [...this.#arrivals.slice(1 - REMEMBERED), { version, at }]
    this.#match()
  }

  #match(): void {
    const times: number[] = []
    this.#taps = this.#taps.filter(({ version, at }) => {
      const arrival = version !== undefined && this.#arrivals.find((one) => one.version >= version && one.at >= at)
      if (!arrival) return true
      times.push(arrival.at - at)
      return false
    })
    if (times.length > 0) this.set([...this.value, ...times].slice(-KEPT))
  }
}

/** Returns the median of at least one number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
