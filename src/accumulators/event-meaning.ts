/** What an event type means to accumulators. Everything that an application sends falls under one of these. */
export type EventRole = 'impression' | 'view' | 'click' | 'cart' | 'uncart' | 'purchase' | 'other'

export interface EventMeaning {
  readonly role: EventRole
  /** How much interest in the item it shows: 1 for a look, more for a commitment, 0 for none. Used by item-to-item, favourites and popularity. */
  readonly weight: number
  /** Whether it is what the shop is there for: a purchase, an application, a subscription. Rates of success count these. */
  readonly goal: boolean
  /** Whether it brings subscribers of the user a fresh slate. Impressions must not: a screen that reports what it shows would re-rank itself. */
  readonly triggers: boolean
}

/** Of event types that the configuration does not declare: logged, counted as activity, and a reason to re-rank. */
export const UNDECLARED: EventMeaning = { role: 'other', weight: 0, goal: false, triggers: true }
