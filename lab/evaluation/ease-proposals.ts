import { MAX_NEIGHBOURS, NeighbourLists } from '../../src/catalogue/neighbour-lists.ts'
import { offlineNeighboursSource } from '../../src/candidates/offline-neighbours.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import type { NeighbourPart } from '../../src/state/neighbour-part.ts'
import type { Ease } from './ease.ts'

/** More than the 100 that are judged, because items of the row are left out of them. */
const QUOTA = 200

/** Items that a source proposes, best first. */
export interface Proposals {
  readonly name: string
  readonly itemIds: readonly string[]
}

/**
 * Returns what the source `offline_neighbours` would propose, if the service had the lists of this matrix, at the moment of some
 * candidates. The lists are those of `liverank offline`, and never expire.
 */
export function easeProposals(ease: Ease, { attributes, embedding, expiry }: Domain): (set: CandidateSet) => Proposals {
  const lists = listsOf(ease)
  const source = offlineNeighboursSource(QUOTA, expiry.pair)
  const catalogue = new Catalogue(attributes, embedding)
  return ({ userId, input: { now, user, session } }) => {
    const anyItem = { surface: undefined, anchorItemIds: [], catalogue, admits: () => true }
    const request = { now, userId, user, session, neighbourLists: lists, ...anyItem }
    const { itemIds } = source.candidates(request, { sets: [], lists: [], strengths: [] })
    return { name: source.name, itemIds }
  }
}

function listsOf(ease: Ease): NeighbourLists {
  const part: NeighbourPart = { itemIds: [], counts: [], neighbourIds: [], scores: [] }
  for (const { itemId, neighbours } of ease.neighbours(MAX_NEIGHBOURS)) {
    part.itemIds.push(itemId)
    part.counts.push(neighbours.length)
    for (const { itemId: neighbourId, weight } of neighbours) {
      part.neighbourIds.push(neighbourId)
      part.scores.push(weight)
    }
  }
  return NeighbourLists.of({ version: 'ease', parts: 1, generatedAt: 0, servedAt: 0, decay: ease.options.new.decay }, [part])
}
