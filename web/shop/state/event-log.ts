import type { EventOutcome } from '../../../clients/typescript/src/index.ts'
import { Store } from './store.ts'

/** Most events that are shown. */
const KEPT = 30

/** An event that the page has sent, or will send. */
export interface LoggedEvent {
  readonly eventId: string
  readonly eventType: string
  /** Item of the event. An impression is of several items, and names none. */
  readonly itemId: string | undefined
  /** Time of the event, in ms since 1970. */
  readonly at: number
  /** What became of it; `WAITING` before the service has answered. */
  readonly status: EventOutcome['status'] | 'WAITING'
  /** Whether the service uses it. */
  readonly counted: boolean
  /** Why it was refused or not counted; empty if it was neither. */
  readonly why: string
}

/** The events of this window, the latest first. */
export class EventLog extends Store<readonly LoggedEvent[]> {
  constructor() {
    super([])
  }

  sent(event: Pick<LoggedEvent, 'eventId' | 'eventType' | 'itemId'>): void {
    this.#put({ ...event, at: Date.now(), status: 'WAITING', counted: true, why: '' })
  }

  /** Notes what became of an event. Impressions are in the log only from then on, since the client makes them. */
  settle({ event, status, counted, notCounted, message }: EventOutcome): void {
    const { eventId, eventType, itemId } = event
    const at = this.value.find((one) => one.eventId === eventId)?.at ?? Date.now()
    const why = message ?? notCounted ?? ''
    this.#put({ eventId, eventType, itemId: itemId ?? undefined, at, status, counted, why })
  }

  #put(event: LoggedEvent): void {
    const index = this.value.findIndex(({ eventId }) => eventId === event.eventId)
    this.set(index === -1 ? [event, ...this.value].slice(0, KEPT) : this.value.with(index, event))
  }
}
