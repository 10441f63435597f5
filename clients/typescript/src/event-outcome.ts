import type { NotCountedReason, RecordEventInput, RecordEventsMutation } from './operations.ts'

/** The service's answer for a list of events. */
export type RecordedEvents = Extract<RecordEventsMutation['recordEvents'], { readonly results: object }>

/** The service's answer for one event. */
export type RecordedEvent = RecordedEvents['results'][number]

/** What became of an event, once it has left the queue. */
export interface EventOutcome {
  readonly event: RecordEventInput & { readonly eventId: string }
  /**
   * `RECORDED` and `DUPLICATE`: the service has the event. `DISCARDED`: the user has opted out. `REJECTED`: the service refuses the event
   * as invalid. `DROPPED`: the client never sent it, because it is too large or because too many events wait.
   */
  readonly status: 'RECORDED' | 'DUPLICATE' | 'DISCARDED' | 'REJECTED' | 'DROPPED'
  /** Whether the service uses the event. */
  readonly counted: boolean
  readonly notCounted: NotCountedReason | null
  /** Version of the user after the event. A slate with this version, or a higher one, reflects the event. */
  readonly userVersion: number | null
  /** Why the event was rejected or dropped, and what to do. */
  readonly message: string | null
  /** Likely mistakes in the event, such as the id of an unknown slate. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** The outcome of an event that was not recorded. */
export function refusedOutcome(event: EventOutcome['event'], status: 'REJECTED' | 'DROPPED', message: string): EventOutcome {
  return { event, status, counted: false, notCounted: null, userVersion: null, message, warnings: [] }
}
