import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../src/state/column-codec.ts'
import { type JsonObject, type Part, recordPart, tablePart, UserValue } from '../../src/state/user-value.ts'
import { stampOf, UserValueCodec } from '../../src/state/user-value-codec.ts'
import { checkProperty } from '../support/check-property.ts'

const STAMP = Buffer.from('12345678')

/** Ids that have a short form, and ids that are nearly like them. */
const likeNumbers = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }).map((n) => String(n * 10n ** 9n)),
  fc.nat(2000).map((n) => `item-${n}`),
  fc.constantFrom(
    '0',
    '-0',
    '00',
    '-1',
    '-',
    'item-',
    'item-01',
    '9223372036854775807',
    '-9223372036854775807',
    '9223372036854775808',
  ),
)
const uuids = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.stringMatching(/^[0-9a-f-]{36}$/),
)
/** What an identifier may hold: anything but U+0000. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom('a', 'é', '🎩'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
})
const identifier = text.map((value) => value.replaceAll('\u0000', ' '))
const cell: Record<ColumnType, fc.Arbitrary<string | number>> = {
  text: identifier,
  count: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  real: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, 1, 254, 255)),
  time: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: Date.UTC(2100, 0, 1) })),
}
const columnType = fc.constantFrom<ColumnType>('text', 'count', 'real', 'time')
/** Cells of a column: of one kind, all equal, mostly zeros, or anything. */
function cellsOf(type: ColumnType, rows: number): fc.Arbitrary<(string | number)[]> {
  const exactly = (arbitrary: fc.Arbitrary<string | number>) => fc.array(arbitrary, { minLength: rows, maxLength: rows })
  const any = exactly(cell[type])
  const equal = cell[type].map((one) => new Array<string | number>(rows).fill(one))
  if (type === 'text') return fc.oneof(any, equal, exactly(likeNumbers), exactly(uuids), exactly(fc.nat().map((n) => `s-${n}`)))
  const zeros = exactly(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, cell[type]))
  return fc.oneof(any, equal, zeros)
}

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
    rows: fc.oneof(fc.nat(6), fc.nat(40)),
    single: fc.boolean(),
  })
  .chain(({ name, layout, columns, rows, single }): fc.Arbitrary<FilledPart> => {
    const schema = Object.fromEntries(columns.map((type, i) => [`c${i}`, type]))
    const content = single
      ? fc.record(Object.fromEntries(columns.map((type, i) => [`c${i}`, cell[type]])))
      : fc.record(Object.fromEntries(columns.map((type, i) => [`c${i}`, cellsOf(type, rows)])))
    const part = (single ? recordPart(name, layout, schema) : tablePart(name, layout, schema)) as Part<unknown>
    return content.map((content) => ({ part, content }))
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

  it('keeps the bytes of parts that this configuration does not know, for a configuration that knows them', async () => {
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

  it('that is damaged is refused, or read as another value, but never blocks', async () => {
    const property = fc.property(value, fc.nat(), fc.nat(255), (random, at, byte) => {
      const codec = new UserValueCodec(random.parts.map(({ part }) => part))
      const bytes = codec.encode(userValue(random), STAMP)
      bytes[STAMP.length + (at % (bytes.length - STAMP.length))] = byte
      try {
        expect(codec.decode(bytes)).toBeInstanceOf(UserValue)
      } catch (error) {
        // Attributes are JSON.
        if (!(error instanceof SyntaxError)) expect(error).toBeInstanceOf(RangeError)
      }
    })
    await checkProperty(property, 1000)
  })

  it('takes 8 bytes for an integer of 64 bits, 16 for a UUID, and little for equal numbers and for zeros', () => {
    const rows = 100
    const column = <T>(cell: (row: number) => T) => Array.from({ length: rows }, (_, row) => cell(row))
    const sizeOf = (type: ColumnType, cells: (string | number)[]) => {
      const part = tablePart('p', 1, { c: type }) as Part<unknown>
      const user = new UserValue()
      const codec = new UserValueCodec([part])
      const before = codec.encode(user, STAMP).length
      user.parts.set('p', { c: cells })
      return codec.encode(user, STAMP).length - before
    }
    // Code, length, rows, bits of columns, form.
    const frame = 4 + 2 + 1 + 1 + 1
    expect(
      sizeOf(
        'text',
        column((row) => String(-(2n ** 62n) + BigInt(row))),
      ),
    ).toBe(frame + 8 * rows)
    expect(
      sizeOf(
        'text',
        column(() => randomUUID()),
      ),
    ).toBe(frame + 16 * rows)
    expect(
      sizeOf(
        'text',
        column((row) => `item-${row + 1000}`),
      ),
    ).toBe(frame + 1 + 5 + 2 * rows)
    expect(
      sizeOf(
        'real',
        column(() => 0.1),
      ),
    ).toBeLessThan(frame + 9)
    expect(
      sizeOf(
        'real',
        column((row) => (row === 7 ? 0.1 : 0)),
      ),
    ).toBe(4 + 1 + 1 + 1 + 1 + 13 + 9)
  })

  it('takes little space for small numbers, zeros and times that are close together', () => {
    const part = tablePart('pairs', 1, { item: 'text', weight: 'real', first: 'time', last: 'time' })
    const codec = new UserValueCodec([part as Part<unknown>])
    const user = new UserValue()
    const before = codec.encode(user, STAMP).length
    const now = Date.UTC(2026, 0, 5)
    user.parts.set('pairs', { item: ['a', 'b'], weight: [0, 6], first: [now, 0], last: [now, now - 50] })
    // Code and length, rows, bits of columns, texts, weights, times: of the first row from 2024 and 0 ms from that, of the second 50 ms
    // before, and never.
    expect(codec.encode(user, STAMP).length).toBe(before + 5 + 1 + 1 + 5 + 2 + (6 + 1) + (1 + 1))
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
    expect(() => codec.decode(bytes)).toThrow(/has format 9, and this version reads format 3/)
  })
})
