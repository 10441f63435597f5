import { z } from 'zod'
import { decodeStamped, encodeStamped } from './stamped-json.ts'

/** An uploaded list of a user or segment, best first. */
export interface OfflineList {
  /** Time at which the list was generated, in ms since 1970. */
  readonly generatedAt: number
  readonly itemIds: readonly string[]
  readonly scores: readonly number[]
}

const offlineList = z.object({ generatedAt: z.number(), itemIds: z.array(z.string()), scores: z.array(z.number()) })

/** Encodes an offline list for the store. */
export function encodeOfflineList(list: OfflineList, stamp: Uint8Array): Buffer {
  return encodeStamped(list, stamp)
}

/** Decodes an offline list. @throws ZodError if the list is invalid */
export function decodeOfflineList(value: Uint8Array): OfflineList {
  return parseOfflineList(decodeStamped(value))
}

/** Parses an offline list. @throws ZodError if the list is invalid */
export function parseOfflineList(list: unknown): OfflineList {
  return offlineList.parse(list)
}
