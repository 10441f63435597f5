import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Increments } from '../../src/state/increments.ts'
import { rankScore } from '../../src/state/rank-order.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { LARGE, layout, SMALL } from './summed-slots.ts'

it('members with the same score are ordered by their UTF-8 bytes, highest first, as in Redis', async () => {
  const members = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 20 })
  const unit = fc.uniqueArray(
    fc
      .array(fc.constantFrom('a', 'é', '\uE000', '\uFFFD', '🎩', '🏠'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('')),
    { minLength: 2, maxLength: 20 },
  )
  const sorted = fc.property(fc.oneof(members, unit), (names) => {
    const sums = new SharedSums(layout)
    const increments = new Increments(layout)
    for (const name of names) increments.addToSet(LARGE, 'item:a', name, 1, DAY)
    sums.apply(increments)
    const expected = [...names].sort((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)))
    expect(sums.set('item:a', layout.indexOf(LARGE), 100).members).toEqual(expected)
  })
  await checkProperty(sorted, 300)
})

describe('the highest members of a set', () => {
  it('are the first of all members, however many are requested and however many are equal', async () => {
    const members = fc.array(fc.tuple(fc.nat(15), fc.integer({ min: 1, max: 4 })), { maxLength: 30 })
    const property = fc.property(members, fc.nat(20), (added, limit) => {
      const increments = new Increments(layout)
      for (const [member, value] of added) increments.addToSet(LARGE, 'item:a', `m${member}`, value, DAY)
      const sums = new SharedSums(layout)
      sums.apply(increments)
      const column = layout.indexOf(LARGE)
      const all = sums.set('item:a', column, 1000)
      expect(all.members.length).toBe(new Set(added.map(([member]) => member)).size)
      const ranked = Array.from(all.scores, rankScore)
      expect(ranked.toSorted((a, b) => b - a)).toEqual(ranked)
      const highest = sums.set('item:a', column, limit)
      expect(highest.members).toEqual(all.members.slice(0, limit))
      expect([...highest.scores]).toEqual([...all.scores].slice(0, limit))
    })
    fc.assert(property)
  })

  it('are the same however often the set is read between additions', async () => {
    const step = fc.oneof(
      fc.record({
        member: fc.nat(9).map((n) => `m${n}`),
        gain: fc.integer({ min: 1, max: 4 }),
        set: fc.constantFrom(SMALL, LARGE),
        time: fc.integer({ min: 1, max: 900 }).map((days) => days * DAY),
      }),
      fc.constant('drop' as const),
      fc.record({ read: fc.constantFrom(SMALL, LARGE), limit: fc.nat(12) }),
    )
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const sums = new SharedSums(layout)
      const changes: ((sums: SharedSums) => void)[] = []
      for (const one of steps) {
        if (typeof one !== 'string' && 'read' in one) {
          const unread = new SharedSums(layout)
          for (const change of changes) change(unread)
          const column = layout.indexOf(one.read)
          expect(sums.set('item:a', column, one.limit)).toEqual(unread.set('item:a', column, one.limit))
          continue
        }
        changes.push((changed) => {
          if (one === 'drop') return changed.drop('item:a')
          const increments = new Increments(layout)
          increments.addToSet(one.set, 'item:a', one.member, one.gain, one.time)
          changed.apply(increments)
        })
        changes.at(-1)?.(sums)
      }
    })
    await checkProperty(property, 1000)
  })
})
