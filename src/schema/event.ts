import type { RecordedEvent } from '../state/log/entry.ts'
import { builder } from './builder.ts'
import { Item } from './item.ts'

export const Event = builder.objectRef<RecordedEvent>('Event').implement({
  description: 'An event as recorded: what the client sent, plus what the server filled in.',
  fields: (t) => ({
    eventId: t.exposeID('eventId', { description: 'The id as sent, or as made by the server.' }),
    userId: t.exposeID('userId', {
      description: 'The id under which the event was sent, even if it was merged into another user since.',
    }),
    itemId: t.id({
      nullable: true,
      description: 'The item that the event is about. Null for an event about no item, and for an impression with `positions`.',
      resolve: ({ itemId }) => itemId,
    }),
    eventType: t.exposeString('eventType', { description: 'The type as sent.' }),
    eventAttributes: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The attributes as sent. Null if there were none.',
      resolve: ({ eventAttributes }) => eventAttributes,
    }),
    timestamp: t.field({
      type: 'Timestamp',
      description: 'When it happened, in milliseconds since 1970: as sent, or the time at which the server received it.',
      resolve: ({ timestamp }) => timestamp,
    }),
    sessionId: t.id({
      nullable: true,
      description: 'The visit that the event belongs to. Null if it was sent without one.',
      resolve: ({ sessionId }) => sessionId,
    }),
    recommendationId: t.id({
      nullable: true,
      description: 'The slate that the user acted on. Null if the event names none.',
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
