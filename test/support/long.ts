import { it } from 'vitest'

/** Whether `npm run test:long` runs. It runs each file that imports this. */
export const IS_LONG = process.env.LONG === '1'

/** As `it`, for a case that `npm test` does not have: it is not there, rather than skipped. */
export const itWhenLong = (IS_LONG ? it : () => {}) as typeof it
