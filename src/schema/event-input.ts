import { builder } from './builder.ts'

export const EventInput = builder.inputType('EventInput', {
  description: 'One event of a user: something that a user did or saw.',
  fields: (t) => ({
    eventId: t.id({
      description:
        'Id of the event, chosen by the client: 1 to 128 characters. Send the same id on every retry. For 7 days, or as long as the domain sets, another event of the user with this id changes nothing, even if its other fields differ. Without an id the server makes one, and a retry may count twice.',
    }),
    userId: t.id({
      required: true,
      description: 'The user, or an anonymous visitor by an id that the app made: 1 to 128 characters.',
    }),
    itemId: t.id({
      description:
        'The item that the event is about: 1 to 128 characters. Leave it out for events about no item, such as `session_start` or search, and for an impression with `positions`.',
    }),
    eventType: t.string({
      required: true,
      description:
        'Type of the event, 1 to 128 characters. The query `eventTypes` lists the types to which the domain gives a role and a weight. The service logs other types too, and counts them as activity of the user.',
    }),
    eventAttributes: t.field({
      type: 'JSONObject',
      description:
        'Anything that describes the event: a JSON object of at most 8 KiB. Some names are reserved. `price`, `quantity` and `value` must be numbers from -1e12 to 1e12. `position` must be a whole number from 1 (the top) to 10,000. `surface`, `device`, `locale`, `query` and `traffic` must be strings of at most 128 characters. If a value is anything else, the event gets an `InvalidEventError` and the other events are recorded.',
    }),
    timestamp: t.field({
      type: 'Timestamp',
      description:
        "When the event happened: whole milliseconds since 1970, or an ISO 8601 text with a zone. It must lie between 2000-01-01 and 5 minutes ahead of the server's clock. With any other value, the event gets an `InvalidEventError` and the other events are recorded. If absent, the time at which the server receives the event.",
    }),
    sessionId: t.id({
      description: 'The visit that the event belongs to, such as the id of a browser session: 1 to 128 characters.',
    }),
    recommendationId: t.id({
      description:
        'The `recommendationId` of the slate that the user acted on. The event then counts for that slate if the service still keeps the slate: for an hour after it was made, or for a day once an event has named it. The settings `SLATE_MINUTES` and `NAMED_SLATE_HOURS` change these times.',
    }),
    positions: t.intList({
      description:
        'For an impression of several items of a slate, instead of `itemId`: the positions that became visible, from 1 (the top). At most 200. Needs `recommendationId`.',
    }),
  }),
})
