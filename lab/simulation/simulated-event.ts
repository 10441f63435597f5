/** Types of events that simulated shoppers send, such as `search` for a search in the shop. */
export type SimulatedEventType =
  | 'session_start'
  | 'search'
  | 'impression'
  | 'click'
  | 'view'
  | 'add_to_cart'
  | 'remove_from_cart'
  | 'purchase'

/**
 * One line of a simulated log, in the shape of the API's RecordEventInput. Times are milliseconds since 1970, whole numbers.
 *
 * Attributes: `device` always; `surface` where on the shop it happened; `position` (1 is the top) in the list that led to it;
 * `price` of the item; `quantity` of a purchase; `query` of a search; of a view `origin` (the surface, `search` or `listing`
 * that it came from) and `dwellSeconds`. A view is sent when the page has been read, so that its dwell is known at its time.
 * An impression of a slate without an id carries `slate`, which its items share.
 */
export type SimulatedEvent = {
  eventId: string
  userId: string
  itemId?: string
  eventType: SimulatedEventType
  eventAttributes?: Record<string, string | number | boolean>
  timestamp: number
  sessionId?: string
  recommendationId?: string
  positions?: number[]
}
