import type { SlateRequest } from '../slate/slate.ts'

/** About what the store and its log keep of an event beside its attributes, of a slate beside its items, and of an item of a slate. */
const EVENT_BYTES = 600
const SLATE_BYTES = 1000
const SLATE_ITEM_BYTES = 300
/** About what they keep of the items of earlier slates, of which a slate has up to a thousand ids of about 40 bytes, in the log and in the store. */
const EARLIER_BYTES = 55_000
/** The same of a row of `upsertUsers`, and of a merge, which logs the state of a user. */
export const USER_BYTES = 600
/** About what the log keeps of a merge in bytes, because it contains the state of a user. */
export const MERGE_BYTES = 10_000

/** Limits how many bytes the devices of a user may make the service store. Other callers are not limited. */
export interface StorageLimit {
  /**
   * Takes bytes from what the caller may store. Call it before anything is stored.
   * @param bytes counts them; not called for a caller without a limit
   * @throws GraphQLError RATE_LIMITED if they are not there
   */
  take(bytes: () => number): void | Promise<void>
  /** Returns a stream whose messages after the first wait until there are enough bytes for each of them. */
  paced<T>(stream: AsyncIterable<T>, bytes: () => number): AsyncIterable<T>
}

/** Estimates how many bytes the service stores of events. */
export function eventBytes(events: readonly { readonly eventAttributes?: unknown }[]): number {
  return events.reduce((sum, { eventAttributes }) => sum + EVENT_BYTES + jsonBytes(eventAttributes), 0)
}

/** Estimates how many bytes the service stores of a slate. */
export function slateBytes({ first, after, ...request }: SlateRequest): number {
  const earlier = after ? EARLIER_BYTES : 0
  const { rules, anchorItemIds, given, context, warnings } = request
  // Given items stand in the request, and those that are unknown in a warning, both in the log and in the store.
  const ofRequest = [rules, anchorItemIds, context, warnings].reduce((sum: number, part) => sum + jsonBytes(part), 0)
  return SLATE_BYTES + SLATE_ITEM_BYTES * first + earlier + 3 * jsonBytes(given) + ofRequest
}

function jsonBytes(value: unknown): number {
  return value == null ? 0 : Buffer.byteLength(JSON.stringify(value))
}
