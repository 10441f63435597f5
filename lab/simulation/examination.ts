/** Where a slate is shown. */
export type Surface = 'home' | 'category' | 'item_page' | 'cart'

export type Device = 'phone' | 'tablet' | 'desktop'

/** How many items each surface asks for. */
export const SLATE_LENGTH: Record<Surface, number> = { home: 12, category: 8, item_page: 6, cart: 4 }

/** How steeply attention falls from one position to the next, for a shopper of patience 1. */
export const STEEPNESS: Record<Surface | 'listing', number> = {
  home: 0.55,
  category: 0.45,
  item_page: 0.7,
  cart: 0.35,
  listing: 0.5,
}

/**
 * Probability that an item that is on screen at a position (1 is the top) is looked at: the position bias of the simulation.
 * It depends on nothing but the surface, the position and the shopper's patience, and a click is drawn as this times the
 * item's appeal, each item by itself: the position-based model.
 */
export function examination(surface: Surface | 'listing', position: number, patience: number): number {
  return position ** (-STEEPNESS[surface] / patience)
}
