import { builder } from './builder.ts'

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
