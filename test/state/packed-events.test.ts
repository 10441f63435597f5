import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnReader, ColumnWriter } from '../../src/state/column-codec.ts'
import { readPackedText, writePackedText } from '../../src/state/id-digits.ts'
import { countKept, dropOldest, encodeKeptEvent, GROUP, latestKept, packBehind, unpackKept } from '../../src/state/kept-events.ts'
import type { RecordedEvent } from '../../src/state/log-entry.ts'
import { checkProperty } from '../support/check-property.ts'
import { START } from '../support/settable-clock.ts'

const id = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'item-1', 'item-12', '-8650633878742415867', '🛒a', '🛍b', 'x'.repeat(300)) },
  fc.uuid(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.stringMatching(/^[0-9a-f]{1,20}$/),
  fc.string({ minLength: 1, unit: 'binary' }),
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const event: fc.Arbitrary<RecordedEvent> = fc
  .record({
    eventId: id,
    userId: fc.constant('ann'),
    eventType: fc.constantFrom('view', 'click', 'impression'),
    timestamp: fc.oneof(fc.nat(), fc.integer({ min: START, max: START + 1e9 }), fc.maxSafeNat()),
    itemId: maybe(id),
    sessionId: maybe(id),
    recommendationId: maybe(id),
    eventAttributes: maybe(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<string>, { maxKeys: 3 })),
    positions: maybe(fc.array(fc.nat(50), { maxLength: 3 })),
  })
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never)

/** As events without a shorter form are packed. */
function packedAsText(events: readonly string[]): Buffer {
  const writer = new ColumnWriter()
  for (const text of events) writer.text(text)
  return writer.take()
}

function packed(batches: readonly (readonly RecordedEvent[])[], held: Buffer = Buffer.alloc(0)): Buffer {
  let count = countKept(held)
  return batches.reduce((all, batch) => {
    const { bytes, count: after } = packBehind(all, batch)
    count += batch.length
    expect(after).toBe(count)
    return Buffer.concat([all, bytes])
  }, held)
}

describe('packed events', () => {
  it('equal the events, in their order, whatever they are, after those without a shorter form', async () => {
    const batches = fc.array(fc.array(event, { maxLength: 50 }), { maxLength: 6 })
    const property = fc.property(batches, fc.array(event.map(encodeKeptEvent), { maxLength: 5 }), (later, earlier) => {
      const bytes = packed(later, packedAsText(earlier))
      const events = [...earlier, ...later.flat().map(encodeKeptEvent)]
      expect(unpackKept(bytes)).toEqual(events)
      expect(countKept(bytes)).toBe(events.length)
      const times = events.map((text) => (JSON.parse(text) as [number])[0])
      expect(latestKept(bytes)).toBe(Math.max(0, ...times))
    })
    await checkProperty(property, 200)
  })

  it('are dropped from the front in groups, and later events follow the rest', async () => {
    const events = fc.array(event, { minLength: 1, maxLength: 120 })
    const property = fc.property(events, fc.nat(130), event, (all, atLeast, next) => {
      const left = Buffer.from(dropOldest(packed([all]), all.length, atLeast))
      const found = unpackKept(left)
      expect(found).toEqual(all.slice(all.length - found.length).map(encodeKeptEvent))
      expect(found.length).toBeGreaterThanOrEqual(Math.min(all.length, atLeast))
      expect(found.length).toBeLessThanOrEqual(Math.max(GROUP, atLeast + GROUP))
      expect(unpackKept(packed([[next]], left))).toEqual([...found, encodeKeptEvent(next)])
    })
    await checkProperty(property, 200)
  })

  it('take a third of their JSON, with ids of any usual form', () => {
    const ratios: number[] = []
    for (const newId of [
      () => randomUUID(),
      (n: number) => `shop-${100_000 + n}`,
      (n: number) => String(8_650_633_878_742 + 7919 * n),
    ]) {
      const items = Array.from({ length: 40 }, (_, n) => newId(n))
      const events = Array.from({ length: 100 }, (_, n) => {
        const attributes = { device: 'mobile', region: 'MG', country: 'BR' }
        const sessionId = `s-${n >> 3}`
        const made = { ...{ eventId: newId(n), userId: 'ann', eventType: 'view', itemId: items[n % 40], sessionId } }
        return { ...made, timestamp: START + 40_000 * n, eventAttributes: attributes }
      })
      const [before, now] = [packedAsText(events.map(encodeKeptEvent)).length, packed(events.map((one) => [one])).length]
      ratios.push(now / before)
    }
    for (const ratio of ratios) expect(ratio).toBeLessThan(1 / 3)
  })
})

describe('a packed text', () => {
  it('equals the text', async () => {
    const property = fc.property(fc.oneof(id, fc.string({ unit: 'grapheme' })), fc.string({ unit: 'grapheme' }), (one, other) => {
      const writer = new ColumnWriter()
      for (const text of [one, other]) writePackedText(writer, text)
      const reader = new ColumnReader(writer.take())
      expect([readPackedText(reader), readPackedText(reader)]).toEqual([one, other])
      expect(reader.atEnd).toBe(true)
    })
    await checkProperty(property, 500)
  })

  it('takes half a byte a character of a number or hexadecimal id, 9 bytes of a long integer, and 17 of a UUID', () => {
    const sizes = ['-8650633878742415867', '123456', 'deadbeef', randomUUID(), 'plain'].map((text) => {
      const writer = new ColumnWriter()
      writePackedText(writer, text)
      return writer.length
    })
    expect(sizes).toEqual([9, 4, 5, 17, 6])
  })
})
