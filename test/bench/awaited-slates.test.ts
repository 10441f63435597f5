import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { AwaitedSlates } from '../../bench/support/awaited-slates.ts'

it('an event that overtook another one counts as answered by the slate that knows both', () => {
  const awaited = new AwaitedSlates()
  awaited.sent('ann', 'first', 0)
  awaited.sent('ann', 'second', 1)
  // The service recorded the second one first.
  awaited.answered('ann', 'second', 11)
  awaited.answered('ann', 'first', 12)
  awaited.arrived('ann', 12, 30)
  expect(awaited.unanswered).toBe(0)
  expect([...awaited.latencies].sort()).toEqual([29, 30])
})

it('events are answered by the first slate of their version, in whatever order answers and slates come', () => {
  const happening = fc.record({
    versions: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
    shown: fc.uniqueArray(fc.nat(9)),
  })
  fc.assert(
    fc.property(happening, fc.gen(), ({ versions, shown }, pick) => {
      const awaited = new AwaitedSlates()
      for (const version of versions) awaited.sent('ann', `event ${version}`, 0)
      const slates = [...shown].sort((a, b) => a - b)
      const expected = versions.flatMap((version) => slates.filter((slate) => slate >= version).slice(0, 1))
      const answers = [...versions]
      while (answers.length + slates.length > 0) {
        const isSlate = answers.length === 0 || (slates.length > 0 && pick(fc.boolean))
        if (isSlate) {
          const version = slates.shift()!
          awaited.arrived('ann', version, version)
        } else {
          const version = answers.shift()!
          awaited.answered('ann', `event ${version}`, version)
        }
      }
      expect([...awaited.latencies].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
      expect(awaited.unanswered).toBe(versions.length - expected.length)
    }),
  )
})

it('an event that was refused is not awaited', () => {
  const awaited = new AwaitedSlates()
  awaited.sent('ann', 'refused', 0)
  awaited.answered('ann', 'refused', undefined)
  expect(awaited.unanswered).toBe(0)
})
