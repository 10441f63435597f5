import { readUserEvents } from '../analysis/user-events.ts'
import { actsFor } from '../auth/principal.ts'
import { ForbiddenError } from '../errors.ts'
import { EVENT_WARNINGS, type EventWarningCode, type EventWarning as EventWarningModel } from '../events/warnings.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import { builder, EVENTS_OF_ID } from './builder.ts'
import { type Context, FOREIGN_NODE, orRefusal } from './context.ts'
import { Item } from './item.ts'
import { eventNodeId, readEventNodeId } from './node-id.ts'

/** Reads the kept events of a user, latest first. */
export async function keptEvents(userId: string, context: Context): Promise<readonly RecordedEvent[]> {
  const { service } = context
  const { events, ids } = await readUserEvents(service, userId, service.clock.now(), service.domain.expiry.user)
  // The first id is paid with the operation.
  context.charge(context, EVENTS_OF_ID * (ids - 1))
  return events
}

/** Reads one of the kept events of a user. @throws ForbiddenError for a device, if the user or the owner of the id is another one */
async function readEvent(nodeId: string, context: Context): Promise<RecordedEvent | null> {
  const named = readEventNodeId(nodeId)
  if (!named) return null
  const owner = await context.service.people.ownerOf(named.userId)
  if (!actsFor(context.principal, owner)) throw new ForbiddenError(FOREIGN_NODE)
  const kept = await keptEvents(owner, context)
  return kept.find(({ userId, eventId }) => userId === named.userId && eventId === named.eventId) ?? null
}

/** A recorded event. */
export const Event = builder.objectRef<RecordedEvent>('Event')
builder.node(Event, {
  description:
    'A recorded event: what the client sent, and what the server added, such as an id. The query `node` finds it among the latest 200 events of the user.',
  id: { resolve: eventNodeId },
  isTypeOf: (event) => typeof event === 'object' && event !== null && 'eventType' in event,
  loadOne: (nodeId, context) => orRefusal(readEvent(nodeId, context)),
  fields: (t) => ({
    eventId: t.exposeID('eventId', {
      description: 'Id of the event, as the client sent it. If the client sent none, the server made one.',
    }),
    userId: t.exposeID('userId', {
      description:
        'The user id that the client sent with the event. It stays the same if this user was merged into another one later.',
    }),
    itemId: t.id({
      nullable: true,
      description:
        'Id of the item that the event is about. Null for an event about no item. Also null for an impression of several items, which names the slate and positions in it.',
      resolve: ({ itemId }) => itemId,
    }),
    eventType: t.exposeString('eventType', { description: 'Type of the event, such as `click`.' }),
    eventAttributes: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'Attributes of the event, as the client sent them. Null if there were none.',
      resolve: ({ eventAttributes }) => eventAttributes,
    }),
    timestamp: t.field({
      type: 'DateTime',
      description: 'When the event happened. If the client sent no time, it is the time at which the server received the event.',
      resolve: ({ timestamp }) => timestamp,
    }),
    sessionId: t.id({
      nullable: true,
      description: 'Id of the session (a visit of the user) to which the event belongs. Null if the client sent none.',
      resolve: ({ sessionId }) => sessionId,
    }),
    recommendationId: t.id({
      nullable: true,
      description: 'Id of the slate that the user acted on. Null if the event names no slate.',
      resolve: ({ recommendationId }) => recommendationId,
    }),
    item: t.field({
      type: Item,
      nullable: true,
      description:
        'The item as the catalogue has it now. Null if the event names no item, or if the catalogue does not have the item.',
      resolve: ({ itemId }, _, { service }) => (itemId === undefined ? null : service.catalogue.get(itemId)),
    }),
  }),
})

const described = Object.entries(EVENT_WARNINGS).map(([code, description]) => [code, { description }] as const)

const WarningCode = builder.enumType('EventWarningCode', {
  description: 'Kind of a likely mistake in an event. The service records the event all the same.',
  values: Object.fromEntries(described) as Record<EventWarningCode, { description: string }>,
})

export const EventWarning = builder.objectRef<EventWarningModel>('EventWarning').implement({
  description: 'A likely mistake in an event. The service recorded the event all the same.',
  fields: (t) => ({
    code: t.expose('code', { type: WarningCode, description: 'Kind of the mistake.' }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to send, in English.' }),
  }),
})

export const NotCountedReason = builder.enumType('NotCountedReason', {
  description: 'Why an event does not count, although it was valid.',
  values: {
    LATE: {
      description:
        'The event arrived more than 7 days after it happened. (The domain can set another time.) The service writes the event to its log, but the event changes nothing else.',
    },
    MARKED_TRAFFIC: {
      description:
        'An attribute of the event, such as `traffic`, says that the event comes from staff, monitoring or a bot. The domain names the attribute and those of its values that do not count. The service writes the event to its log, but the event changes nothing else.',
    },
    RATE_LIMIT: {
      description:
        'The user sent more than 1,200 events in one minute. (The domain can set another number.) The service writes the event to its log, but the event changes nothing else.',
    },
    ITEM_CAP: {
      description:
        'The user sent too many events on one item. The event changes what the service knows about the user, but not the totals of the item. By default, at most 30 events of a user on an item count in an hour. For events from apps and web pages, there is also a limit in each day (UTC): at most 30 impressions of an item count. Other events count as long as the sum of their weights is at most 30. The domain sets the weight of each event type, and can set other limits.',
    },
    UNKNOWN_ITEM_CAP: {
      description:
        'You never uploaded the item of the event. The app or web page sent events on more than 600 such items for this user in one hour. (The domain can set another number.) The event changes what the service knows about the user, but not the totals of the item.',
    },
    NO_CONSENT: {
      description:
        'The service requires consent, and the user has not given it. Or the user has withdrawn consent. The event is not stored.',
    },
    OPTED_OUT: { description: 'The user has opted out. The event is not stored.' },
  } as const,
})
