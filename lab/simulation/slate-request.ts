import type { Device, Surface } from './examination.ts'

/** What a screen asks for when it wants a slate. */
export type SlateRequest = {
  userId: string
  sessionId: string
  surface: Surface
  /** The item on screen, or last put into the cart. */
  anchorItemId?: string
  /** The category that a category page is about, by name. */
  category?: string
  /** How many items. */
  first: number
  device: Device
}

/** What a recommender answers: items from the top, and an id of the slate if it keeps one. */
export type ServedSlate = {
  recommendationId?: string
  itemIds: readonly string[]
}

/** The variables of a slate, in the shape of RecommendationsInput. */
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
