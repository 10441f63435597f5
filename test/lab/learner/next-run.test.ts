import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDue } from '../../../lab/learner/next-run.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'

const AT = Date.UTC(2026, 10, 1)
const last = { startedAt: AT, logBytes: 1000, hasFailed: false }

describe('a run', () => {
  it('is due at once, after a day, or when the log has doubled', () => {
    expect(isDue(undefined, AT, 0)).toBe(true)
    expect(isDue(last, AT + DAY - 1, 1999)).toBe(false)
    expect(isDue(last, AT + DAY, 1000)).toBe(true)
    expect(isDue(last, AT + 1, 2000)).toBe(true)
  })

  it('that failed is due again after an hour, however the log has grown', () => {
    expect(isDue({ ...last, hasFailed: true }, AT + HOUR - 1, 1e9)).toBe(false)
    expect(isDue({ ...last, hasFailed: true }, AT + HOUR, 1000)).toBe(true)
  })

  it('is due within a day of any clock', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400 * DAY, max: 400 * DAY }), fc.boolean(), (step, hasFailed) => {
        const now = AT + step
        expect(isDue({ ...last, hasFailed }, now, 1000) || isDue({ ...last, hasFailed }, now + DAY, 1000)).toBe(true)
      }),
    )
  })
})
