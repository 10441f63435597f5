import { builder } from './builder.ts'

/** The input of `recordEvent`, and an event of `recordEvents`. */
export const RecordEventInput = builder.inputType('RecordEventInput', {
  description: 'One event of a user: something that a user did or saw.',
  fields: (t) => ({
    eventId: t.id({
      description:
        'Id of the event, chosen by the client: 1 to 128 characters. Send the same id on every retry. For 7 days, or as long as the domain sets, another event of the user with this id changes nothing, even if its other fields differ. Without an id the server makes one, and a retry may count twice.',
    }),
    userId: t.id({
      required: true,
      description: 'Id of the user: 1 to 128 characters. For a visitor who has not logged in, an id that the app made.',
    }),
    itemId: t.id({
      description:
        'The item that the event is about: 1 to 128 characters. Leave it out for events about no item, such as `session_start` or search, and for an impression with `positions`.',
    }),
    eventType: t.string({
      required: true,
      description:
        'Type of the event, 1 to 128 characters. The query `eventTypes` lists the types that the domain declares. The service also records other types, but uses them only to know when the user was active.',
    }),
    eventAttributes: t.field({
      type: 'JSONObject',
      description:
        'A JSON object of at most 8 KiB that describes the event. You may choose its keys, but the service gives some keys a meaning. The key `value` is the worth of a goal: an event that the domain declares as a success, such as a purchase. If `value` is absent, the worth is the key `price` times the key `quantity`. These three keys must be numbers from -1e12 to 1e12. The key `position` is the position of the item on the screen, a whole number from 1 (the top) to 10,000. The other keys with a meaning must be strings of at most 128 characters. `surface` is where the event happened, `device` the kind of device, `locale` the language of the user, and `query` the search query. `traffic` says who caused the event if no customer did, such as `staff` or `bot`. If one of these keys has any other value, the event is invalid (`InvalidInputError`).',
    }),
    timestamp: t.field({
      type: 'DateTime',
      description:
        "When the event happened. It must lie between 2000-01-01 and 5 minutes ahead of the server's clock. With any other value, the event is invalid (`InvalidInputError`). If absent, the service uses the time at which it receives the event.",
    }),
    sessionId: t.id({
      description: 'Id of the visit to which the event belongs: 1 to 128 characters. Make a new id for each visit.',
    }),
    recommendationId: t.id({
      description:
        'The `recommendationId` of the slate on which the user acted. So the service learns which slate led to the event. This works only while the service keeps the slate. By default, it keeps a slate for an hour (setting `SLATE_MINUTES`). If an event names the slate within this hour, the service keeps it for a day after making it (`NAMED_SLATE_HOURS`).',
    }),
    positions: t.intList({
      description:
        'Only for an impression, instead of `itemId`: the positions of the slate that became visible, from 1 (the top). At most 200. Also send the `recommendationId` of the slate.',
    }),
  }),
})
