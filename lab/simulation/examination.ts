/** A place in the simulated shop where a slate is shown. */
export type Surface = 'home' | 'category' | 'item_page' | 'cart' | 'search'

/** Kinds of devices that simulated shoppers use. Events name them in `device`. */
export type Device = 'phone' | 'tablet' | 'desktop'

/** Number of items that each surface asks for. */
export const SLATE_LENGTH: Record<Surface, number> = { home: 12, category: 8, item_page: 6, cart: 4, search: 12 }

/** Number of items that come on screen without scrolling. */
export const FIRST_SCREEN: Record<Surface, number> = { home: 4, category: 4, item_page: 3, cart: 3, search: 6 }

/** Exponents with which attention falls from one position to the next, for a shopper of patience 1. */
export const STEEPNESS: Record<Surface | 'listing', number> = {
  home: 0.55,
  category: 0.45,
  item_page: 0.7,
  cart: 0.35,
  search: 0.5,
  listing: 0.5,
}

/**
 * Returns the probability that a shopper looks at an item on screen: the position bias of the simulation. It depends only on the
 * surface, the position (1 is the top) and the shopper's patience. The probability of a click is this times the item's appeal,
 * independently for each item: the position-based model.
 */
export function examination(surface: Surface | 'listing', position: number, patience: number): number {
  return position ** (-STEEPNESS[surface] / patience)
}
