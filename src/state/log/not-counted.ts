import type { EventFacts, ItemFacts } from '../log-entry.ts'

/**
 * Reasons why a stored event does not count, in the order of their codes in the stores. The codes of the last reasons stay when a
 * reason is added, so a new one goes to the front.
 */
export const NOT_COUNTED = ['UNKNOWN_ITEM_CAP', 'LATE', 'MARKED_TRAFFIC', 'RATE_LIMIT', 'ITEM_CAP'] as const
export type NotCounted = (typeof NOT_COUNTED)[number]

const OF_IGNORED = { late: 'LATE', marked: 'MARKED_TRAFFIC', bot: 'RATE_LIMIT' } as const

/**
 * Returns why an event does not count in shared sums; undefined if it counts. An impression of several items counts if one of its
 * items counts.
 */
export function whyNotCounted({ ignored, items }: EventFacts): NotCounted | undefined {
  if (ignored !== undefined) return OF_IGNORED[ignored]
  if (items.length === 0 || !items.every(isCapped)) return undefined
  return items.some(({ capped }) => capped === true) ? 'ITEM_CAP' : 'UNKNOWN_ITEM_CAP'
}

/** Returns the facts without the items over a limit, and without the draw of such an item; the same object if there are none. */
export function withoutCapped(facts: EventFacts): EventFacts {
  if (!facts.items.some(isCapped)) return facts
  const { explored, ...others } = facts
  const items = facts.items.filter((item) => !isCapped(item))
  const isDrawnCapped = explored?.itemId !== undefined && items.every(({ itemId }) => itemId !== explored.itemId)
  return { ...others, items, ...(explored && !isDrawnCapped && { explored }) }
}

function isCapped({ capped }: ItemFacts): boolean {
  return capped !== undefined
}

/** Number of stored nonces: 22 bits, which fit into the score of a sorted set beside the time. */
export const STORED_NONCES = 2 ** 22

/** Stored nonces of each reason. They stand behind those of events that count. */
const OF_REASON = 2 ** 14

/** Number of nonces that a call may draw. */
export const NONCES = STORED_NONCES - NOT_COUNTED.length * OF_REASON

/** Nonce of an identity that was restored. No call has it, because a retry does not outlive the process. */
const NOBODY = -1

/**
 * Returns the nonce to store for an event: that of the call if the event counts, else one that also gives the reason. So a
 * duplicate is answered as the first recording was, without further state.
 * @param drawn nonce of the call, from 0 to NONCES - 1
 */
export function storedNonce(drawn: number, reason: NotCounted | undefined): number {
  return reason === undefined ? drawn : nonceOf(reason, drawn % (OF_REASON - 1))
}

/** Returns the nonce of an identity that is restored from a log or snapshot. */
export function restoredNonce(reason: NotCounted | undefined): number {
  return reason === undefined ? NOBODY : nonceOf(reason, OF_REASON - 1)
}

/** Returns why the event of a stored nonce does not count; undefined if it counts. */
export function reasonOf(stored: number): NotCounted | undefined {
  return stored < NONCES ? undefined : NOT_COUNTED[Math.floor((stored - NONCES) / OF_REASON)]
}

/** Returns whether a stored nonce comes from the call that drew this nonce. */
export function isOfCall(stored: number, drawn: number): boolean {
  return storedNonce(drawn, reasonOf(stored)) === stored
}

function nonceOf(reason: NotCounted, low: number): number {
  return NONCES + NOT_COUNTED.indexOf(reason) * OF_REASON + low
}
