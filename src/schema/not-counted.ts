import { builder } from './builder.ts'

export const NotCountedReason = builder.enumType('NotCountedReason', {
  description: 'Why an event does not count, although it was valid.',
  values: {
    LATE: {
      description:
        'It arrived later than the domain allows: more than 7 days after it happened, if the domain sets no other time. The event is logged, and changes nothing else.',
    },
    MARKED_TRAFFIC: {
      description:
        'Its attribute `traffic` says that it comes from staff, monitoring or a bot. The domain names this attribute and its values. The event is logged, and changes nothing else.',
    },
    RATE_LIMIT: {
      description:
        'The user had reached the number of events that count in the minute in which it happened: 1,200 if the domain sets no other. It is logged, and changes nothing else.',
    },
    ITEM_CAP: {
      description:
        'The user had reached the number of events that count on its item in the hour in which it happened: 30 if the domain sets no other. Or the devices of the user had reached the weight that they may add to its item on the day (UTC) in which it happened: 30 if the domain sets no other, and as many impressions. It changes the state of the user, such as the items that they saw, but no figures of items. An impression of several items has this reason only if it holds for all of them.',
    },
    UNKNOWN_ITEM_CAP: {
      description:
        'Its item was never uploaded, and the user had reached the number of such items that count in the hour of recording: 600 if the domain sets no other. It changes the state of the user, such as the items that they saw, but no figures of items.',
    },
    NO_CONSENT: {
      description:
        'The service requires consent and the user has given none, or the user has withdrawn consent. It is not stored at all.',
    },
    OPTED_OUT: { description: 'The user has opted out. It is not stored at all.' },
  } as const,
})
