import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { KeyNumbers, PackedBytes } from '../../../src/state/embedded/packed-bytes.ts'
import { checkProperty } from '../../support/check-property.ts'

/** Of some lengths around those at which a record moves, or gets a slab of its own. */
const bytes = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(16_371, 16_372, 16_373, 40_000, 300_000)), fc.nat(255))
  .map(([length, filler]) => Buffer.alloc(length, filler))
const deeds = fc.array(
  fc.record({
    kind: fc.constantFrom('set' as const, 'append' as const, 'delete' as const),
    key: fc.constantFrom(...'abcdefgh'),
    bytes,
  }),
  { maxLength: 80 },
)

/** Does the same to both. */
function act(
  packed: PackedBytes,
  expected: Map<string, Buffer>,
  { kind, key, bytes }: { kind: 'set' | 'append' | 'delete'; key: string; bytes: Buffer },
): void {
  if (kind === 'delete') {
    expect(packed.delete(key)).toBe(expected.delete(key))
    return
  }
  packed[kind](key, bytes)
  expected.set(key, kind === 'set' ? bytes : Buffer.concat([expected.get(key) ?? Buffer.alloc(0), bytes]))
}

describe('packed bytes', () => {
  it('have the same content as a map of buffers, in the same order', async () => {
    const property = fc.property(deeds, (deeds) => {
      const packed = new PackedBytes()
      const expected = new Map<string, Buffer>()
      for (const deed of deeds) act(packed, expected, deed)
      expect(packed.size).toBe(expected.size)
      expect([...packed.keys()]).toEqual([...expected.keys()])
      for (const [key, value] of packed.entries()) expect(value.equals(expected.get(key)!)).toBe(true)
    })
    await checkProperty(property, 300)
  })

  it('have the same content as maps of buffers if several of them share the numbers of their keys', async () => {
    const two = fc.array(fc.tuple(fc.boolean(), deeds), { maxLength: 8 })
    const property = fc.property(two, (turns) => {
      const keys = new KeyNumbers()
      const maps = [0, 1].map(() => ({ packed: new PackedBytes(keys), expected: new Map<string, Buffer>() }))
      for (const [second, deeds] of turns) {
        const { packed, expected } = maps[second ? 1 : 0]
        for (const deed of deeds) act(packed, expected, deed)
        for (const { packed, expected } of maps) {
          expect(packed.size).toBe(expected.size)
          expect([...packed.keys()].sort()).toEqual([...expected.keys()].sort())
          for (const [key, value] of packed.entries()) expect(value.equals(expected.get(key)!)).toBe(true)
          for (const key of 'abcdefgh') expect(packed.get(key)?.equals(expected.get(key)!)).toBe(expected.has(key) || undefined)
        }
      }
      expect([...keys.entries()].map(([key]) => key).sort()).toEqual(
        [...new Set(maps.flatMap(({ expected }) => [...expected.keys()]))].sort(),
      )
    })
    await checkProperty(property, 200)
  })

  it('take little more space than their content, however it changes', () => {
    const random = new Random(1, 'packed bytes')
    const packed = new PackedBytes()
    const lengths = new Map<string, number>()
    const put = (key: string, length: number) => {
      packed.set(key, Buffer.alloc(length, key))
      lengths.set(key, length)
    }
    // All grow at the same time, which leaves everything that they were before dead; then many go.
    for (let length = 100; length < 1500; length += 150) {
      for (let n = 0; n < 5000; n++) put(`k${Math.floor(random.uniform() * 5000)}`, length)
    }
    for (let n = 0; n < 3000; n++) {
      packed.delete(`k${n}`)
      lengths.delete(`k${n}`)
    }
    const held = [...lengths.values()].reduce((sum, length) => sum + length + 16, 0)
    expect(packed.allocated).toBeLessThan(1.12 * held + 2 ** 21)
    for (const [key, length] of lengths) expect(packed.get(key)?.equals(Buffer.alloc(length, key))).toBe(true)
  })
})
