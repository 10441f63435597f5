/** An item, and when the user last acted on it, in ms. */
export interface ActedItem {
  readonly itemId: string
  readonly at: number
}

/** Maximum number of items in each history of a user value: items that the user acted on, items shown to the user, and items of each event type. */
export const KEPT_ITEMS = 150
