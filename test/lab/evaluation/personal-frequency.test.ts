import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PersonalFrequency } from '../../../lab/evaluation/personal-frequency.ts'
import { ListedItems } from '../../../lab/evaluation/ranked-items.ts'
import { DAY } from '../../../src/time-units.ts'

const POPULAR = ['i5', 'i4', 'i3', 'i2', 'i1', 'i0', 'unseen']

const actions = fc.array(
  fc.record({
    userId: fc.constantFrom('ann', 'bob'),
    item: fc.nat(5),
    weight: fc.constantFrom(0.5, 1, 4),
    at: fc.integer({ min: 0, max: 200 * DAY }),
  }),
  { maxLength: 40 },
)

describe('personal frequency', () => {
  it("ranks the user's own items by sums that halve in 60 days, then all others as given", () => {
    fc.assert(
      fc.property(actions, fc.integer({ min: 1, max: 7 }), fc.uniqueArray(fc.constantFrom(...POPULAR)), (log, most, leftOut) => {
        const frequency = new PersonalFrequency()
        const sums = new Map<string, number>()
        for (const { userId, item, weight, at } of log.toSorted((a, b) => a.at - b.at)) {
          frequency.learn(userId, `i${item}`, weight, at)
          if (userId === 'ann') sums.set(`i${item}`, (sums.get(`i${item}`) ?? 0) + weight * 2 ** (at / (60 * DAY)))
        }
        const without = new Set(leftOut)
        const found = frequency.ranked('ann', new ListedItems(POPULAR)).best(most, without)
        const own = [...sums.keys()].filter((id) => !without.has(id))
        const others = POPULAR.filter((id) => !sums.has(id) && !without.has(id))
        expect(found).toHaveLength(Math.min(most, own.length + others.length))
        const [first, rest] = [found.slice(0, own.length), found.slice(own.length)]
        expect(rest).toEqual(others.slice(0, rest.length))
        for (const [place, id] of first.entries()) {
          expect(own).toContain(id)
          // Sums that are equal but for rounding may stand in either order.
          if (place > 0) expect(sums.get(first[place - 1])).toBeGreaterThan(sums.get(id)! * (1 - 1e-9))
        }
        expect(new Set(found).size).toBe(found.length)
      }),
    )
  })
})
