/** An event that no slate is known to take into account yet. Times are those of `performance.now`. */
interface Awaited {
  readonly eventId: string
  readonly sentAt: number
  /** Version of the user with the event; undefined until the service has said it. */
  version: number | undefined
}

/** A slate that came, and the version of the user that it was made from. */
interface Arrival {
  readonly version: number
  readonly at: number
}

/**
 * Finds for each event the first slate that takes it into account: the first one whose version is at least the version that the
 * service gave to the event. The order in which events were sent does not matter: requests overtake each other. A slate often comes
 * before the answer that says the version.
 */
export class AwaitedSlates {
  readonly #events = new Map<string, Awaited[]>()
  readonly #arrivals = new Map<string, Arrival[]>()
  #latencies: number[] = []

  /** ms from sending an event until such a slate came, one for each event that has one. */
  get latencies(): readonly number[] {
    return this.#latencies
  }

  /** Events without such a slate. */
  get unanswered(): number {
    return [...this.#events.values()].reduce((sum, { length }) => sum + length, 0)
  }

  /** Forgets all events and slates. */
  clear(): void {
    this.#events.clear()
    this.#arrivals.clear()
    this.#latencies = []
  }

  /** Notes an event that is sent now, or was due at `sentAt`. */
  sent(userId: string, eventId: string, sentAt: number): void {
    const awaited = { eventId, sentAt, version: undefined }
    const events = this.#events.get(userId)
    if (events) events.push(awaited)
    else this.#events.set(userId, [awaited])
  }

  /** Notes the version that the service gave to an event; undefined if it was refused. */
  answered(userId: string, eventId: string, version: number | undefined): void {
    const events = this.#events.get(userId)
    const event = events?.find((one) => one.eventId === eventId)
    if (!events || !event) return
    if (version === undefined) events.splice(events.indexOf(event), 1)
    else {
      event.version = version
      this.#settle(userId, events)
    }
  }

  /** Notes a slate that came at `at`. */
  arrived(userId: string, version: number, at: number): void {
    const events = this.#events.get(userId)
    if (!events) return
    const arrivals = this.#arrivals.get(userId)
    if (arrivals) arrivals.push({ version, at })
    else this.#arrivals.set(userId, [{ version, at }])
    this.#settle(userId, events)
  }

  #settle(userId: string, events: Awaited[]): void {
    const arrivals = this.#arrivals.get(userId) ?? []
    const left = events.filter(({ version, sentAt }) => {
      const first = version === undefined ? undefined : arrivals.find((arrival) => arrival.version >= version)
      if (first) this.#latencies.push(first.at - sentAt)
      return !first
    })
    events.splice(0, events.length, ...left)
    if (left.length > 0) return
    this.#events.delete(userId)
    this.#arrivals.delete(userId)
  }
}
