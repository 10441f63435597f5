import { NeighbourLists } from '../../src/catalogue/neighbour-lists.ts'
import { checkedPart, type NeighbourListInput } from '../../src/events/neighbour-uploads.ts'
import type { Service } from '../../src/service/service.ts'
import { START } from './settable-clock.ts'

/** Neighbours with their scores, by the item that has the list. */
export type Neighbours = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Lists as a client uploads them. */
export function listsOf(neighbours: Neighbours): NeighbourListInput[] {
  return Object.entries(neighbours).map(([itemId, scores]) => ({
    itemId,
    neighbours: Object.entries(scores).map(([neighbourId, score]) => ({ itemId: neighbourId, score })),
  }))
}

/** Lists that a process serves, computed at START. */
export function servedLists(neighbours: Neighbours, decay = 0): NeighbourLists {
  const served = { version: 'v1', parts: 1, generatedAt: START, servedAt: START, decay }
  return NeighbourLists.of(served, [checkedPart(listsOf(neighbours)).part])
}

/** Uploads a version, a list in each part, and serves it. */
export async function serveNeighbours(
  { neighbourUploads, clock }: Pick<Service, 'neighbourUploads' | 'clock'>,
  version: string,
  neighbours: Neighbours,
  generatedAt = clock.now(),
): Promise<void> {
  const lists = listsOf(neighbours)
  for (const [part, list] of lists.entries()) await neighbourUploads.upload({ version, part, parts: lists.length, lists: [list] })
  await neighbourUploads.serve({ version, generatedAt, lists: lists.length, decay: 0 })
}
