import { z } from 'zod'

const STAMP_BYTES = 8

/** An uploaded list of a user or segment, best first. */
export interface OfflineList {
  /** ms since 1970. */
  readonly generatedAt: number
  readonly itemIds: readonly string[]
  readonly scores: readonly number[]
}

const offlineList = z.object({ generatedAt: z.number(), itemIds: z.array(z.string()), scores: z.array(z.number()) })

/** A list's value: its stamp, then JSON. */
export function encodeOfflineList(list: OfflineList, stamp: Uint8Array): Buffer {
  return Buffer.concat([stamp, Buffer.from(JSON.stringify(list))])
}

export function decodeOfflineList(value: Uint8Array): OfflineList {
  return parseOfflineList(JSON.parse(Buffer.from(value).toString('utf8', STAMP_BYTES)))
}

/** @throws when it is no such list */
export function parseOfflineList(list: unknown): OfflineList {
  return offlineList.parse(list)
}
