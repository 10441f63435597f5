import type { Device, Surface } from './examination.ts'

/** What a screen of the simulated shop asks a service for. A transport translates it into a query of the API. */
export type SlateRequest = {
  userId: string
  sessionId: string
  surface: Surface
  /** The item on screen, or the one last put into the cart. */
  anchorItemId?: string
  /** Name of the category that a category page shows. */
  category?: string
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
export function toRecommendationsInput({ userId, sessionId, surface, first, anchorItemId, category, device }: SlateRequest) {
  return {
    userId,
    sessionId,
    surface,
    first,
    ...(anchorItemId === undefined ? {} : { anchorItemIds: [anchorItemId] }),
    context: { device },
    // A category page shows what is in its category.
    ...(category === undefined ? {} : { rules: { filter: { attribute: { name: 'category', eq: category } } } }),
  }
}
