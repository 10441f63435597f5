/** The shortest time between two values of a subscription, in ms, if the client names none. */
export const DEFAULT_MIN_INTERVAL_MS = 100
