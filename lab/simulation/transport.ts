import type { AnsweredSlate } from '../client/answers.ts'
import type { SimulatedItem } from './shop.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { SlateRequest } from './slate-request.ts'

/** How simulated shoppers reach a service. Calls reject with `UnavailableError` where the same call may be made again. */
export type Transport = {
  /** 500 items at most. Rejects if the service refuses any. */
  upsertItems(items: readonly SimulatedItem[]): Promise<void>
  openSession(measure: PushMeasure): SessionChannel
  close(): Promise<void>
}

/** The connection of one shopper for one visit. */
export type SessionChannel = {
  ask(request: SlateRequest): Promise<AnsweredSlate>
  record(events: readonly SimulatedEvent[]): Promise<RecordOutcome>
  close(): Promise<void>
}

export type RecordOutcome = {
  recorded: number
  duplicates: number
  /** Why, one reason for each rejected event. */
  rejected: readonly string[]
  /** To be sent again as they are. */
  unavailable: readonly SimulatedEvent[]
}

/** What a live transport reports of the slates that it did not ask for. */
export type PushMeasure = {
  /** A slate came that reflects an event sent this many milliseconds before. */
  pushed(latencyMs: number): void
  /** It did not come in time, and the shopper went on with the slate before it. */
  late(): void
}
