import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Increments } from '../../src/state/increments.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { DAY } from '../../src/time-units.ts'
import { DECAYED, LARGE, layout } from './summed-slots.ts'

/** Gains of one half-life, in which additions are exact. */
const near = fc.array(fc.record({ member: fc.nat(3), value: fc.integer({ min: 1, max: 9 }), hour: fc.nat(48) }), { minLength: 2 })

describe('the order of additions', () => {
  it('changes no bit of a decayed sum or score, and so no order of near ties', () => {
    const property = fc.property(near, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (added, chances) => {
      const stateAfter = (list: typeof added) => {
        const sums = new SharedSums(layout)
        for (const { member, value, hour } of list) {
          const increments = new Increments(layout)
          // 100 days into epochs, where weights have all their bits.
          const time = 100 * DAY + (hour * DAY) / 24
          increments.addDecayed(DECAYED, 'item:a', value * 0.7 ** member, time)
          increments.addToSet(LARGE, 'item:a', `m${member}`, value * 0.7 ** member, time)
          sums.apply(increments)
        }
        const { members, scores } = sums.set('item:a', layout.indexOf(LARGE), 10)
        return { row: [...sums.rows(['item:a'], layout.width('item')).data], members, scores: [...scores] }
      }
      const shuffled = added.map((one) => ({ one, chance: chances.next().value })).sort((a, b) => a.chance - b.chance)
      expect(stateAfter(shuffled.map(({ one }) => one))).toEqual(stateAfter(added))
    })
    fc.assert(property)
  })

  it('does not affect the order of sums that differ only in their last bits', () => {
    const increments = new Increments(layout)
    const column = layout.indexOf(LARGE)
    increments.putMember('item:a', column, 1, 'a', 0.1 + 0.2)
    increments.putMember('item:a', column, 1, 'b', 0.3)
    increments.putMember('item:a', column, 1, 'c', 0.30001)
    const sums = new SharedSums(layout)
    sums.apply(increments)
    expect(sums.set('item:a', column, 3).members).toEqual(['c', 'b', 'a'])
    expect(sums.set('item:a', column, 2).members).toEqual(['c', 'b'])
  })
})
