import { type EventRole, meaningOfEvent } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import type { Rules } from '../../src/rules/rules.ts'

/** Rules of the slates that are judged by next items: a next item may be one that the user knows, whatever the domain leaves out. */
export const NEXT_ITEM_RULES: Rules = { seen: [] }

/** The item that a session acts on next: the label of the decision at the moment of an event. */
export interface NextItem {
  readonly itemId: string
  /** Time of that action, in ms. Use it only for what is known of the session, never for features. */
  readonly at: number
  /** Whether the session had not acted on the item before. */
  readonly isNew: boolean
  /** Items on which the session had acted before: the first `count` of `items`, a list that grows with the session. */
  readonly acted: { readonly items: readonly string[]; readonly count: number }
}

/** The next items of a whole log, and what the log contains. `events` is the number of events. */
export interface NextItems {
  /** Next items by number of the event, from 0. Absent for the last action of a session, and for events that act on no item. */
  readonly byEvent: ReadonlyMap<number, NextItem>
  /** First items of sessions, by number of the event that acts on them: the labels of the decisions right before these events. */
  readonly firsts: ReadonlyMap<number, NextItem>
  /** Numbers of the last actions of sessions. */
  readonly lasts: ReadonlySet<number>
  readonly events: number
  readonly eventTypes: ReadonlySet<string>
}

/** Roles of events that show no interest in their item. */
const NO_ACTIONS: ReadonlySet<EventRole> = new Set(['impression', 'uncart', 'dismiss', 'undismiss'])

/** Returns whether an event is an action that shows interest in an item. A low rating shows none. */
export function actsOnItem(domain: Domain, event: LoggedEvent): event is LoggedEvent & { readonly itemId: string } {
  const { role, isUnliked } = meaningOfEvent(domain, event)
  return event.itemId != null && !isUnliked && !NO_ACTIONS.has(role)
}

/**
 * Finds for every action on an item the next action on an item in the same session. A session consists of the events of a user
 * with the same sessionId. Events without ids belong to one session of their user.
 * @param isAction tells actions from impressions and the like
 */
export async function findNextItems(
  events: AsyncIterable<LoggedEvent>,
  isAction: (event: LoggedEvent) => boolean,
): Promise<NextItems> {
  const byEvent = new Map<number, NextItem>()
  const firsts = new Map<number, NextItem>()
  const sessions = new Map<string, { last: number; known: Set<string>; items: string[] }>()
  const eventTypes = new Set<string>()
  let number = 0
  for await (const event of events) {
    const { itemId } = event
    eventTypes.add(event.eventType)
    if (itemId != null && isAction(event)) {
      const key = sessionKeyOf(event)
      const session = sessions.get(key)
      if (session) {
        const { known, items, last } = session
        const isNew = !known.has(itemId)
        byEvent.set(last, { itemId, at: event.timestamp, isNew, acted: { items, count: items.length } })
        session.last = number
        if (isNew) items.push(itemId)
        known.add(itemId)
      } else {
        sessions.set(key, { last: number, known: new Set([itemId]), items: [itemId] })
        firsts.set(number, { itemId, at: event.timestamp, isNew: true, acted: { items: [], count: 0 } })
      }
    }
    number++
  }
  const lasts = new Set([...sessions.values()].map(({ last }) => last))
  return { byEvent, firsts, lasts, events: number, eventTypes }
}
