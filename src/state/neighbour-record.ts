import { z } from 'zod'
import { decodeStamped, encodeStamped } from './stamped-json.ts'
import type { Subject } from './subject.ts'

/** The store entry that says which version of the neighbour lists is served, and which versions are being uploaded. */
export const NEIGHBOUR_RECORD = { kind: 'neighbours', id: 'record' } as const satisfies Subject

const storedVersion = z.object({
  /** Name that the client gave to this version. */
  version: z.string(),
  /** Number of its parts. */
  parts: z.int().positive(),
})

const servedVersion = storedVersion.extend({
  /** Time at which the lists were computed, in ms since 1970. */
  generatedAt: z.number(),
  /** Time from which they are served, in ms of the clock of features. */
  servedAt: z.number(),
  /** Number of later items of a user after which the weight of an item has fallen to 1/e. 0: all items weigh the same. */
  decay: z.number().nonnegative(),
})

const neighbourRecord = z.object({
  served: servedVersion.nullable(),
  /** Versions of which parts may have been uploaded, the oldest first. */
  arriving: z.array(storedVersion),
  /** Versions that the latest change gave up. Their parts are deleted after the change, and once more before the next one. */
  leaving: z.array(storedVersion),
})

/** A version of the neighbour lists that the store may have parts of. */
export type StoredNeighbours = z.infer<typeof storedVersion>
/** The version of the neighbour lists that is served. */
export type ServedNeighbours = z.infer<typeof servedVersion>
/** All versions of the neighbour lists that the store knows. */
export type NeighbourRecord = z.infer<typeof neighbourRecord>

/** The record before the first upload. */
export const NO_NEIGHBOURS: NeighbourRecord = { served: null, arriving: [], leaving: [] }

/** Parses a record. @throws ZodError if it is invalid */
export function parseNeighbourRecord(record: unknown): NeighbourRecord {
  return neighbourRecord.parse(record)
}

/** Encodes a record for the store. */
export function encodeNeighbourRecord(record: NeighbourRecord, stamp: Uint8Array): Buffer {
  return encodeStamped(record, stamp)
}

/** Decodes a stored record; NO_NEIGHBOURS if there is none. @throws ZodError or SyntaxError if it is invalid */
export function decodeNeighbourRecord(value: Uint8Array | undefined): NeighbourRecord {
  return value === undefined ? NO_NEIGHBOURS : parseNeighbourRecord(decodeStamped(value))
}

/** Returns the store entry of a part. @param part its number, from 0 */
export function neighbourPart(version: string, part: number): Subject {
  return { kind: 'neighbours', id: `part:${part}:${version}` }
}

/**
 * Returns the store entries to delete after a change of the record. Those that the change before gave up come again: the process that
 * made it may have ended before it deleted them. What arrives again or is served stays.
 */
export function partsGivenUp(before: NeighbourRecord, after: NeighbourRecord): Subject[] {
  const needed = new Set([...after.arriving, ...(after.served ? [after.served] : [])].map(({ version }) => version))
  return partsOf([...before.leaving.filter(({ version }) => !needed.has(version)), ...after.leaving])
}

/** Returns the store entries of all parts of some versions. */
function partsOf(versions: readonly StoredNeighbours[]): Subject[] {
  return versions.flatMap(({ version, parts }) => Array.from({ length: parts }, (_, part) => neighbourPart(version, part)))
}
