/** Keys of a domain that declare attributes of users, of the context of requests, and of events. */
export const DECLARING = ['userAttributes', 'contextAttributes', 'eventAttributes'] as const
export type Declaring = (typeof DECLARING)[number]
