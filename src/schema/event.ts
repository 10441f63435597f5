import type { RecordedEvent } from '../state/log/entry.ts'
import { builder } from './builder.ts'
import { Item } from './item.ts'

export const Event = builder.objectRef<RecordedEvent>('Event').implement({
  description: 'A recorded event: what the client sent, and what the server added, such as an id.',
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
      type: 'Timestamp',
      description:
        'When the event happened, in milliseconds since 1970. If the client sent no time, it is the time at which the server received the event.',
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
