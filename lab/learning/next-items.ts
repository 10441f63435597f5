import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'

/** What comes next in a session: the label of the decision at the moment of an event. */
export interface NextItem {
  readonly itemId: string
  /** When, in ms: for what is known of the session, never for features. */
  readonly at: number
  /** Whether the session had not acted on it before. */
  readonly isNew: boolean
}

export interface NextItems {
  /** By number of the event, from 0: absent where the session ends, and for events that act on no item. */
  readonly byEvent: ReadonlyMap<number, NextItem>
  /** What sessions begin with, by number of the event that does: the label of the decision right before it. */
  readonly firsts: ReadonlyMap<number, NextItem>
  readonly events: number
  readonly eventTypes: ReadonlySet<string>
}

/**
 * For every action on an item, the next action on an item in the same session. A session is what the log calls one: the
 * events of a user under one sessionId; without ids, of the user.
 * @param isAction tells actions from impressions and the like
 */
export async function findNextItems(
  events: AsyncIterable<LoggedEvent>,
  isAction: (event: LoggedEvent) => boolean,
): Promise<NextItems> {
  const byEvent = new Map<number, NextItem>()
  const firsts = new Map<number, NextItem>()
  const sessions = new Map<string, { last: number; items: Set<string> }>()
  const eventTypes = new Set<string>()
  let number = 0
  for await (const event of events) {
    const { itemId } = event
    eventTypes.add(event.eventType)
    if (itemId != null && isAction(event)) {
      const key = sessionKeyOf(event)
      const session = sessions.get(key)
      if (session) {
        byEvent.set(session.last, { itemId, at: event.timestamp, isNew: !session.items.has(itemId) })
        session.last = number
        session.items.add(itemId)
      } else {
        sessions.set(key, { last: number, items: new Set([itemId]) })
        firsts.set(number, { itemId, at: event.timestamp, isNew: true })
      }
    }
    number++
  }
  return { byEvent, firsts, events: number, eventTypes }
}
