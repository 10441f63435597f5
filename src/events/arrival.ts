import type { InvalidInputError, UnavailableError } from '../errors.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import type { EventIdentity } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'

/** What became of one event. */
export type EventOutcome =
  | { readonly status: 'RECORDED' | 'DUPLICATE'; readonly event: RecordedEvent; readonly userVersion: number }
  | { readonly status: 'REJECTED'; readonly eventId: string | undefined; readonly error: InvalidInputError }
  | { readonly status: 'UNAVAILABLE'; readonly eventId: string; readonly error: UnavailableError }
  /** Nothing of it was recorded: a defect, or the user's stored state cannot be read. */
  | { readonly status: 'FAILED'; readonly eventId: string; readonly error: Error }

/** A valid event that waits for its turn. */
export interface Arrival {
  readonly event: RecordedEvent
  readonly identity: EventIdentity
  /** The nonce under which an id of the same person recorded it before, and before that id became this user's. */
  readonly known?: number
  /** How it came from the id that it was sent under to the owner of that id; undefined under its own id. */
  readonly redirection?: Redirection
  resolve(outcome: EventOutcome): void
}

/** An owner as they were read while the id was theirs. */
export interface Redirection {
  readonly stamp: string
  readonly mergedFrom: readonly string[]
}

/**
 * Whether a value belongs to the life of the owner to whom the event was redirected, and not to their next life after an erasure. An
 * owner keeps at least the id that they took last. An owner without any, as a failover may leave one, must be in the very same state.
 */
export function isOfSameLife({ mergedFrom }: UserValue, stamp: string, { redirection }: Arrival): boolean {
  return redirection === undefined || redirection.stamp === stamp || mergedFrom.some((id) => redirection.mergedFrom.includes(id))
}
