import { z } from 'zod'
import { DAY, HOUR, MINUTE, SECOND } from '../time-units.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY }

const TEXT = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w)$/

const EXPECTED = 'expected a length of time: a number of milliseconds, or text such as "30m", "12h", "7d" or "2w"'

/** Schema of a duration: a number of ms, or text such as `7d`. Parses to ms. */
export const duration = z.union([z.number(), z.string().regex(TEXT, EXPECTED)], { error: EXPECTED }).transform((value) => {
  if (typeof value === 'number') return value
  const [, count = '', unit = ''] = TEXT.exec(value) ?? []
  return Number(count) * (UNITS[unit] ?? Number.NaN)
})
