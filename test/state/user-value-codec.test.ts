import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../src/state/column-codec.ts'
import { type JsonObject, UserValue } from '../../src/state/user-value.ts'
import { stampOf, UserValueCodec } from '../../src/state/user-value-codec.ts'
import { type Part, recordPart, tablePart } from '../../src/state/user-value-part.ts'
import { checkProperty } from '../support/check-property.ts'

const STAMP = Buffer.from('12345678')

/** What an identifier may hold: anything but U+0000. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom('a', 'é', '🎩'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
})
const identifier = text.map((value) => value.replaceAll('\u0000', ' '))
const cell: Record<ColumnType, fc.Arbitrary<string | number>> = {
  text: identifier,
  count: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  real: fc.double({ noNaN: true, noDefaultInfinity: true }),
  time: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: Date.UTC(2100, 0, 1) })),
}
const columnType = fc.constantFrom<ColumnType>('text', 'count', 'real', 'time')

interface FilledPart {
  readonly part: Part<unknown>
  readonly content: unknown
}

/** A part with random columns, and random content of it. */
const filledPart = fc
  .record({
    name: identifier,
    layout: fc.nat(9),
    columns: fc.array(columnType, { minLength: 1, maxLength: 5 }),
    rows: fc.nat(6),
    single: fc.boolean(),
  })
  .chain(({ name, layout, columns, rows, single }): fc.Arbitrary<FilledPart> => {
    const schema = Object.fromEntries(columns.map((type, i) => [`c${i}`, type]))
    const content = single
      ? fc.record(Object.fromEntries(columns.map((type, i) => [`c${i}`, cell[type]])))
      : fc.record(
          Object.fromEntries(columns.map((type, i) => [`c${i}`, fc.array(cell[type], { minLength: rows, maxLength: rows })])),
        )
    const part = single ? recordPart(name, layout, schema) : tablePart(name, layout, schema)
    return content.map((content) => ({ part: part as Part<unknown>, content }))
  })

const value = fc.record({
  version: fc.nat(),
  lastEventAt: cell.time,
  latestEventId: identifier,
  attributes: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  parts: fc.uniqueArray(filledPart, { selector: ({ part }) => part.name, maxLength: 6 }),
})

function userValue({
  version,
  lastEventAt,
  latestEventId,
  attributes,
  parts,
}: typeof value extends fc.Arbitrary<infer T> ? T : never): UserValue {
  const user = new UserValue()
  user.version = version
  user.lastEventAt = Number(lastEventAt)
  user.latestEventId = String(latestEventId)
  user.attributes = JSON.parse(JSON.stringify(attributes)) as JsonObject
  for (const { part, content } of parts) user.parts.set(part.name, content)
  return user
}

/** What is written of a value: parts without rows are left out. */
function written(random: typeof value extends fc.Arbitrary<infer T> ? T : never): UserValue {
  return userValue({ ...random, parts: random.parts.filter(({ part, content }) => !part.isEmpty(content)) })
}

describe("a user's value", () => {
  it('is read as it was written', async () => {
    const property = fc.property(value, (random) => {
      const codec = new UserValueCodec(random.parts.map(({ part }) => part))
      const user = userValue(random)
      const bytes = codec.encode(user, STAMP)
      expect(codec.decode(bytes)).toEqual(written(random))
      expect(stampOf(bytes)).toBe('12345678')
    })
    await checkProperty(property, 300)
  })

  it('keeps the bytes of parts that this configuration does not know, and gives them back to one that does', async () => {
    const property = fc.property(value, fc.nat(), (random, n) => {
      const all = random.parts.map(({ part }) => part)
      const known = all.filter((_, i) => (n >> i) % 2 === 1)
      const complete = new UserValueCodec(all)
      const partial = new UserValueCodec(known)
      const user = userValue(random)
      const seen = partial.decode(complete.encode(user, STAMP))
      const names = [...written(random).parts.keys()].filter((name) => known.some((part) => part.name === name))
      expect([...seen.parts.keys()].sort()).toEqual(names.sort())
      expect(complete.decode(partial.encode(seen, STAMP))).toEqual(written(random))
    })
    await checkProperty(property, 200)
  })

  it('never reads a part in a layout other than the one it was written in', () => {
    const before = tablePart('pairs', 1, { item: 'text', views: 'count' })
    const after = tablePart('pairs', 2, { item: 'text', score: 'real' })
    const old = new UserValueCodec([before as Part<unknown>])
    const current = new UserValueCodec([after as Part<unknown>])
    const user = new UserValue()
    user.parts.set('pairs', { item: ['a'], views: [7] })

    const seen = current.decode(old.encode(user, STAMP))
    expect(seen.get(after)).toEqual({ item: [], score: [] })
    seen.get(after).item.push('b')
    seen.get(after).score.push(0.5)

    const bytes = current.encode(seen, STAMP)
    expect(current.decode(bytes).get(after)).toEqual({ item: ['b'], score: [0.5] })
    expect(old.decode(bytes).get(before)).toEqual({ item: ['a'], views: [7] })
  })

  it('takes little for small numbers, zeros and times that are near', () => {
    const part = tablePart('pairs', 1, { item: 'text', weight: 'real', first: 'time', last: 'time' })
    const codec = new UserValueCodec([part as Part<unknown>])
    const user = new UserValue()
    const before = codec.encode(user, STAMP).length
    const now = Date.UTC(2026, 0, 5)
    user.parts.set('pairs', { item: ['a', 'b'], weight: [0, 6], first: [now, 0], last: [now, now - 50] })
    // Code and length, rows, texts, weights, times: of the first row from 2024 and 0 ms from that, of the second 50 ms before, and never.
    expect(codec.encode(user, STAMP).length).toBe(before + 5 + 1 + 4 + 2 + (6 + 1) + (1 + 1))
  })

  it('that ends too early, or has another format, is refused', () => {
    const part = tablePart('pairs', 1, { at: 'real', item: 'text' })
    const codec = new UserValueCodec([part as Part<unknown>])
    const user = new UserValue()
    user.parts.set('pairs', { item: ['a', 'b'], at: [1, 2] })
    const bytes = codec.encode(user, STAMP)
    for (let length = STAMP.length; length < bytes.length; length++) {
      expect(() => codec.decode(bytes.subarray(0, length)), `${length} bytes`).toThrow(RangeError)
    }
    bytes[8] = 9
    expect(() => codec.decode(bytes)).toThrow(/has format 9, and this version reads format 2/)
  })
})
