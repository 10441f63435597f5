import { LiverankError } from '../../src/errors.ts'
import type { AnsweredSlate } from '../client/answers.ts'
import type { SimulatedItem } from './shop.ts'
import type { SimulatedUser } from './shopper.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { SlateRequest } from './slate-request.ts'

/** A connection of simulated shoppers to a service. Calls reject with `UnavailableError` if the same call may be made again. */
export type Transport = {
  /** 500 items at most. Rejects if the service refuses any. */
  upsertItems(items: readonly SimulatedItem[]): Promise<void>
  /** 500 users at most. Rejects if the service refuses any. */
  upsertUsers(users: readonly SimulatedUser[]): Promise<void>
  openSession(measure: PushMeasure): SessionChannel
  close(): Promise<void>
}

/** The connection of one shopper for one visit. */
export type SessionChannel = {
  ask(request: SlateRequest): Promise<AnsweredSlate>
  record(events: readonly SimulatedEvent[]): Promise<RecordOutcome>
  close(): Promise<void>
}

/** What became of a batch of events. Each event is counted once. */
export type RecordOutcome = {
  recorded: number
  duplicates: number
  /** Reasons, one for each rejected event. */
  rejected: readonly string[]
  /** Events to send again unchanged. */
  unavailable: readonly SimulatedEvent[]
}

/** Receives the latencies of the slates that the service pushes. */
export type PushMeasure = {
  /** Called when a slate arrives that reflects an event sent `latencyMs` milliseconds before. */
  pushed(latencyMs: number): void
  /** Called when no such slate arrives in time, and the shopper goes on with the previous slate. */
  late(): void
}

/** The answer of a service to an upload, whichever way it came. */
type UploadAnswer = { readonly accepted: number; readonly errors: readonly { readonly message: string }[] }

/** @throws LiverankError UNUSABLE_DATA if the service refused anything of an upload */
export function expectAccepted(what: string, sent: number, { accepted, errors: [error] }: UploadAnswer): void {
  if (error === undefined && accepted === sent) return
  throw new LiverankError('UNUSABLE_DATA', `The service refused ${what}: ${error?.message ?? 'no reason given'}`)
}
