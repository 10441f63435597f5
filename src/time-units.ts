/** Units of time, in ms. */
export const SECOND = 1000
/** 60 seconds, in ms. */
export const MINUTE = 60 * SECOND
/** 60 minutes, in ms. */
export const HOUR = 60 * MINUTE
/** 24 hours, in ms. */
export const DAY = 24 * HOUR
