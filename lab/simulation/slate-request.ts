import type { Device, Surface } from './examination.ts'

/** The request of a screen for a slate. */
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
