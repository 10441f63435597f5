import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Heap } from '../../../lab/simulation/binary-heap.ts'

const before = (left: number, right: number): boolean => left < right

it('gives back everything, least first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (values) => {
      const heap = new Heap(before, values)
      const popped = values.map(() => heap.pop())
      expect(popped).toEqual(values.toSorted((left, right) => left - right))
      expect(heap.pop()).toBeUndefined()
    }),
  )
})

it('replaces the least element like a pop and a push', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.array(fc.integer()), (values, replacements) => {
      const replaced = new Heap(before, values)
      const popped = new Heap(before, values)
      for (const value of replacements) {
        replaced.replaceLeast(value)
        popped.pop()
        popped.push(value)
        expect(replaced.peek()).toBe(popped.peek())
      }
      expect(values.map(() => replaced.pop())).toEqual(values.map(() => popped.pop()))
    }),
  )
})
