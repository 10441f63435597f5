import { z } from 'zod'
import { decodeStamped, encodeStamped } from './stamped-json.ts'

const neighbourPart = z.object({
  /** Items that have a list in this part. */
  itemIds: z.array(z.string()),
  /** Number of neighbours of each of these items. */
  counts: z.array(z.int().nonnegative()),
  /** The neighbours of the first item, then those of the second, and so on. */
  neighbourIds: z.array(z.string()),
  /** Score of each neighbour. */
  scores: z.array(z.number()),
})

/** A part of a version of the neighbour lists, as the store keeps it: some items with their neighbours, in columns. */
export type NeighbourPart = z.infer<typeof neighbourPart>

/** Parses a part. @throws ZodError if it is invalid, or if its columns do not fit together */
export function parseNeighbourPart(part: unknown): NeighbourPart {
  return neighbourPart
    .refine(({ itemIds, counts, neighbourIds, scores }) => {
      const listed = counts.reduce((sum, count) => sum + count, 0)
      return counts.length === itemIds.length && neighbourIds.length === listed && scores.length === listed
    }, 'the columns have different lengths')
    .parse(part)
}

/** Encodes a part for the store. */
export function encodeNeighbourPart(part: NeighbourPart, stamp: Uint8Array): Buffer {
  return encodeStamped(part, stamp)
}

/** Decodes a stored part. @throws ZodError or SyntaxError if it is invalid */
export function decodeNeighbourPart(value: Uint8Array): NeighbourPart {
  return parseNeighbourPart(decodeStamped(value))
}
