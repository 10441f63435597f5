import { givenItems } from '../../src/slate/given-items.ts'
import type { SlateRequest as ServiceRequest } from '../../src/slate/slate.ts'
import type { Device, Surface } from './examination.ts'
import type { SearchResult } from './search-engine.ts'

/** What a screen of the simulated shop asks a service for. A transport translates it into a query of the API. */
export type SlateRequest = {
  userId: string
  sessionId: string
  surface: Surface
  /** The item on screen, or the one last put into the cart. */
  anchorItemId?: string
  /** Name of the category that a category page shows. */
  category?: string
  /** Results of the shop's search engine, best first, of which the slate is made. */
  candidates?: readonly SearchResult[]
  /** Number of items. */
  first: number
  device: Device
}

/** The answer of a recommender: items from the top, and an id if the recommender keeps the slate. */
export type ServedSlate = {
  recommendationId?: string
  itemIds: readonly string[]
}

/** Returns the variables of a request for a slate, as a RecommendationsInput. */
export function toRecommendationsInput(request: SlateRequest) {
  const { userId, sessionId, surface, first, candidates, device } = request
  return {
    ...{ userId, sessionId, surface, first, ...anchorsAndRules(request), context: { device } },
    ...(candidates === undefined ? {} : { candidates, ordered: true }),
  }
}

/** Returns a request for a slate as the recommender of a service in this process takes it. */
export function toServiceRequest(request: SlateRequest): ServiceRequest {
  const { userId, sessionId, surface, first, candidates, device } = request
  return {
    ...{ userId, sessionId, surface, first, ...anchorsAndRules(request), device },
    ...(candidates === undefined ? {} : { given: givenItems(candidates, true) }),
  }
}

function anchorsAndRules({ anchorItemId, category }: SlateRequest) {
  return {
    ...(anchorItemId === undefined ? {} : { anchorItemIds: [anchorItemId] }),
    // A category page shows what is in its category.
    ...(category === undefined ? {} : { rules: { filter: { attribute: { name: 'category', eq: category } } } }),
  }
}
