import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InsertionOrderedMap } from '../../src/state/insertion-ordered-map.ts'
import { checkProperty } from '../support/check-property.ts'

type Deed = { readonly kind: 'set' | 'change' | 'walk'; readonly key: string; readonly value: number }

const key = fc.constantFrom(...'abcdefgh')
const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('set' as const, 'change' as const, 'walk' as const),
    key,
    value: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 60 },
)

describe('a walk', () => {
  it('sees the frozen content of the map, whatever changes meanwhile, and expired entries leave both or neither', async () => {
    const property = fc.property(deeds, deeds, (before, meanwhile) => {
      const map = new InsertionOrderedMap<{ n: number }>(({ n }) => ({ n }))
      const expected = new Map<string, number>()
      const isOver = (_: string, { n }: { n: number }) => n === 0
      const put = ({ kind, key, value }: Deed) => {
        const held = kind === 'change' ? map.change(key) : undefined
        if (held) held.n = value
        else map.set(key, { n: value })
        expected.set(key, value)
      }
      for (const deed of before) put(deed)
      const frozen = new Map(expected)
      map.freeze()
      const walk = map.walk(isOver)
      const seen = new Map<string, number>()
      let isDone = false
      const step = () => {
        const { done, value } = walk.next()
        isDone = done === true
        if (!value) return
        const [key, { n }] = value
        expect(seen.get(key) ?? n).toBe(n)
        seen.set(key, n)
      }
      for (const deed of meanwhile) {
        if (deed.kind === 'walk') step()
        else put(deed)
      }
      while (!isDone) step()
      for (const [key, n] of frozen) {
        if (seen.has(key)) expect(seen.get(key)).toBe(n)
        else expect(n).toBe(0)
      }
      expect([...seen.keys()].filter((key) => !frozen.has(key))).toEqual([])
      const changed = new Set(meanwhile.filter(({ kind }) => kind !== 'walk').map(({ key }) => key))
      for (const [key, n] of expected) {
        const held = map.get(key)?.n
        if (changed.has(key)) expect(held).toBe(n)
        else expect(held).toBe(seen.get(key))
      }
    })
    await checkProperty(property, 2000)
  })
})
