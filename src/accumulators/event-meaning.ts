/** Role of an event type for accumulators. Every event type of an application has one of these roles. */
export type EventRole = 'impression' | 'view' | 'click' | 'cart' | 'uncart' | 'purchase' | 'other'

/** Roles of the events that may have a weight or be a goal: all but impressions. */
export const ACTIONS: readonly EventRole[] = ['view', 'click', 'cart', 'uncart', 'purchase', 'other']

/** What an event type of a domain means to accumulators. The domain declares it, for example `weight: 1` for views. */
export interface EventMeaning {
  readonly role: EventRole
  /**
   * Interest in the item that the event shows: 1 for a view, more for a commitment, 0 for none. Item-to-item, favourites and
   * popularity use this weight.
   */
  readonly weight: number
  /**
   * Whether the event is a goal of the application, such as a purchase, an application or a subscription. Conversion rates count
   * goals.
   */
  readonly goal: boolean
  /**
   * Whether the event sends a fresh slate to the user's streams. Must be false for impressions: a screen that reports its items
   * would re-rank itself.
   */
  readonly triggers: boolean
}

/**
 * Meaning of event types that the configuration does not declare: they are logged, count as activity, and trigger a fresh slate.
 */
export const UNDECLARED: EventMeaning = { role: 'other', weight: 0, goal: false, triggers: true }

/** Returns the declared meaning of an event type. An undeclared type has the meaning UNDECLARED. */
export function meaningOf(
  domain: { readonly eventTypes: Readonly<Record<string, EventMeaning>> },
  eventType: string,
): EventMeaning {
  return Object.hasOwn(domain.eventTypes, eventType) ? domain.eventTypes[eventType] : UNDECLARED
}
