import { hash } from 'node:crypto'
import type { InvalidInputError, UnavailableError } from '../errors.ts'
import type { SilentReason } from '../state/consent.ts'
import type { NotCounted } from '../state/log/not-counted.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { EventIdentity } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import type { EventWarning } from './warnings.ts'

/** What the service did with one event: whether it stored the event, and why not, or why the event does not count. */
export type EventOutcome =
  | {
      readonly status: 'RECORDED' | 'DUPLICATE'
      readonly event: RecordedEvent
      readonly userVersion: number
      /** Why the event does not count; undefined if it counts. Of a duplicate, what holds for the event that was recorded first. */
      readonly notCounted: NotCounted | undefined
      readonly warnings: readonly EventWarning[]
    }
  /** Valid, but not stored, because the user has opted out or has not consented. */
  | {
      readonly status: 'DISCARDED'
      readonly event: RecordedEvent
      readonly userVersion: number
      readonly notCounted: SilentReason
      readonly warnings: readonly EventWarning[]
    }
  | { readonly status: 'REJECTED'; readonly eventId: string | undefined; readonly error: InvalidInputError }
  | { readonly status: 'UNAVAILABLE'; readonly eventId: string | undefined; readonly error: UnavailableError }
  /** Not recorded, because of a defect, or because the user's stored state cannot be read. */
  | { readonly status: 'FAILED'; readonly eventId: string; readonly error: Error }

/**
 * The sender of an event. The service limits how many new names of items and surfaces a device can bring; servers and imports
 * have no limit.
 */
export type EventOrigin = 'device' | 'server'

/** A valid event that waits to be recorded. */
export interface Arrival {
  readonly event: RecordedEvent
  readonly origin: EventOrigin
  readonly identity: EventIdentity
  /** Nonce of an earlier recording of this event under an id that was later merged into this user. */
  readonly known?: number
  /** Redirection of the event to the owner of its id; undefined if the event is recorded under its own id. */
  readonly redirection: Redirection | undefined
  resolve(outcome: EventOutcome): void
}

/** State of the owner when the event was redirected. */
export interface Redirection {
  readonly stamp: string
  readonly mergedFrom: readonly string[]
}

/**
 * Returns whether a value still belongs to the owner that the event was redirected to. After an erasure, the same id stands for a
 * new user. The owner keeps at least the id merged last. If the owner lists no merged ids, as after a failover, the stamp must be
 * the same.
 */
export function isOfSameLife({ mergedFrom }: UserValue, stamp: string, { redirection }: Arrival): boolean {
  return redirection === undefined || redirection.stamp === stamp || mergedFrom.some((id) => redirection.mergedFrom.includes(id))
}

/** Returns the first arrival of each event id. The others are its duplicates. */
export function firstOfEachId(batch: readonly Arrival[]): readonly Arrival[] {
  if (batch.length === 1) return batch
  const seen = new Set<string>()
  return batch.filter(({ identity: { hash } }) => {
    if (seen.has(hash)) return false
    seen.add(hash)
    return true
  })
}

/** Returns the stored hash of an event id: the first 12 bytes of a SHA-1, as latin1 text. */
export function identityHash({ userId, eventId }: RecordedEvent): string {
  return hash('sha1', `${userId}\0${eventId}`, 'binary').slice(0, 12)
}
