import { sessionItems } from '../accumulators/session.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { CandidateRequest, ReadingSource } from './source.ts'

/** Returns the items whose mean embedding is the search vector: the items on screen, then the session's items, latest first. */
export function embeddingAnchors({ anchorItemIds, user, session }: CandidateRequest): string[] {
  return [...new Set([...anchorItemIds, ...sessionItems(user, session)])]
}

/** Makes the source of items with embeddings similar to those of the session's items. It also finds items without any events. */
export function embeddingSource(quota: number): ReadingSource {
  return {
    name: 'embedding',
    quota,
    needs: { accumulators: { session: [] }, embedding: true },
    reads: () => ({}),
    candidates: (request) => {
      const { vectors } = request.catalogue
      const anchors = embeddingAnchors(request)
      const direction = vectors.mean(anchors)
      const met = new Set(anchors)
      const { itemIds, cosines } = direction
        ? vectors.nearest(direction, quota, (itemId) => !met.has(itemId) && request.admits(itemId))
        : { itemIds: [], cosines: [] }
      return {
        itemIds,
        scores: cosines,
        reason: (at): BuiltInReason => ({ code: 'ALIKE', anchorItemId: nearestAnchor(request, itemIds[at]) }),
      }
    },
  }
}

/** Of the items whose direction is sought the one that is most like this item. */
function nearestAnchor(request: CandidateRequest, itemId: string): string {
  const { vectors } = request.catalogue
  const direction = vectors.mean([itemId])!
  let nearest = ''
  let largest = Number.NEGATIVE_INFINITY
  for (const anchor of embeddingAnchors(request)) {
    const cosine = vectors.cosine(direction, anchor)
    if (!(cosine > largest)) continue
    nearest = anchor
    largest = cosine
  }
  return nearest
}
