import { builder } from './builder.ts'

export const NotCountedReason = builder.enumType('NotCountedReason', {
  description: 'Why an event does not count, although it was valid.',
  values: {
    LATE: {
      description:
        'The event arrived too late: more than 7 days after it happened, or after another time that the domain sets. The service logs the event, but the event changes nothing.',
    },
    MARKED_TRAFFIC: {
      description:
        'An attribute of the event, such as `traffic`, says that the event comes from staff, monitoring or a bot. The domain names the attribute and the values that do not count. The service logs the event, but the event changes nothing.',
    },
    RATE_LIMIT: {
      description:
        'The user sent too many events in one minute: more than 1,200, or another number that the domain sets. The service logs the event, but the event changes nothing.',
    },
    ITEM_CAP: {
      description:
        'The user sent too many events on one item. The event changes the state of the user, but not the totals of the item. In an hour, at most 30 events of a user count for an item. In a day (UTC), at most 30 impressions from devices count, and other events from devices until their weights add up to 30. The domain sets the weight of each event type, and can set other numbers than 30. An impression of several items has this reason only if it counts for none of them.',
    },
    UNKNOWN_ITEM_CAP: {
      description:
        'The item of the event was never uploaded, and the user sent events on too many such items in one hour: more than 600, or another number that the domain sets. The event changes the state of the user, but not the totals of the item.',
    },
    NO_CONSENT: {
      description:
        'The service requires consent, and the user has not consented. Or the user has withdrawn consent. The event is not stored.',
    },
    OPTED_OUT: { description: 'The user has opted out. The event is not stored.' },
  } as const,
})
