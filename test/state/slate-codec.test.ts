import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeServed, decodeSlate, encodeSlate } from '../../src/state/slate-codec.ts'
import type { WholeItem, WholeSlate } from '../../src/state/slate-values.ts'
import { checkProperty } from '../support/check-property.ts'

const AT = Date.UTC(2026, 10, 27)
/** First byte of each form. */
const [JSON_FORM, PACKED] = [0, 1]

/** Ids in all the ways in which catalogues write them. */
const ids: Record<string, fc.Arbitrary<string>> = {
  'a prefix and a number': fc.nat().map((n) => `item-${n}`),
  numbers: fc.maxSafeNat().map(String),
  'integers of 64 bits': fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  UUIDs: fc.uuid(),
  'numbers with zeros in front': fc.nat(99999).map((n) => String(n).padStart(6, '0')),
  texts: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0')),
}
const anyId = fc.oneof(...Object.values(ids))
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: 1, max: 300 }).map((n) => 1 / n),
  fc.constantFrom(0, 1),
)
const word = fc.oneof(
  fc.constantFrom('home', 'default', 'trending', 'recent', 'EVENT'),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
)
const time = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })

const item = fc.record(
  {
    itemId: anyId,
    position: fc.oneof(fc.nat(30), fc.nat(10_000)),
    score: number,
    sources: fc.array(fc.record({ name: word, score: number }, { requiredKeys: ['name'] }), { maxLength: 6 }),
    reason: fc.record({ code: word, anchorItemId: anyId }, { requiredKeys: ['code'] }),
    exploration: fc.boolean(),
    propensity: number,
  },
  { noNullPrototype: true },
) as fc.Arbitrary<WholeItem>

const slot = fc.record({
  ...{ itemId: anyId, decision: fc.nat(2 ** 32 - 1), decided: time, sums: word, inputs: fc.array(fc.nat(90), { maxLength: 9 }) },
  ...{ best: number, weight: number, share: number, gamma: number },
  ...{ arms: fc.array(anyId, { maxLength: 10 }), estimates: fc.array(number, { maxLength: 10 }) },
})

const slate = fc.record(
  {
    ...{ recommendationId: fc.uuid().map((id) => `0a-${id}`), userId: anyId, surface: word, device: word, policy: word },
    ...{ version: fc.maxSafeNat(), trigger: word, latestEventId: anyId, generatedAt: time, model: word, tookMs: number },
    ...{ fallback: fc.boolean(), items: fc.array(item, { maxLength: 25 }), explored: slot },
    earlier: fc.array(anyId, { maxLength: 30 }),
    randomised: fc.record({ share: number, ranked: fc.array(anyId, { maxLength: 9 }) }),
    vectors: fc.record({
      positions: fc.array(fc.nat(99), { maxLength: 9 }),
      of: fc.nat(2 ** 32 - 1),
      values: fc.uint8Array({ maxLength: 99 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    }),
    warnings: fc.array(
      fc.record(
        { code: word, message: word, field: word, itemIds: fc.array(anyId, { maxLength: 4 }) },
        { requiredKeys: ['code', 'message'] },
      ),
      {
        maxLength: 2,
      },
    ),
  },
  {
    requiredKeys: [
      ...(['recommendationId', 'userId', 'policy', 'version', 'trigger', 'generatedAt', 'tookMs', 'fallback'] as const),
      ...(['items', 'warnings'] as const),
    ],
    noNullPrototype: true,
  },
) as fc.Arbitrary<WholeSlate>

describe('a kept slate', () => {
  it('contains everything that was served', async () => {
    const property = fc.property(slate, (slate) => {
      const bytes = encodeSlate(slate.recommendationId, slate, AT)
      expect(bytes[0]).toBe(PACKED)
      expect(decodeSlate(slate.recommendationId, bytes)).toEqual(slate)
      const { userId, version, surface, device, policy, items, explored } = slate
      const { itemId, decision, decided, sums, inputs, best, weight } = explored ?? {}
      expect(decodeServed(bytes)).toEqual({
        ...{ at: AT, userId, version, surface, device, policy, items: items.map((one) => one.itemId) },
        explored: explored && { itemId, drawn: { decision, decided, sums, inputs, best, weight } },
      })
    })
    await checkProperty(property, 500)
  })

  it('also contains the fields of slates of other versions and systems', async () => {
    const property = fc.property(slate, fc.jsonValue(), fc.nat(20), (slate, value, place) => {
      const names = [...Object.keys(slate), 'more']
      const other = { ...slate, [names[place % names.length]]: value }
      const bytes = encodeSlate(slate.recommendationId, other, AT)
      const decoded = decodeSlate(slate.recommendationId, bytes)
      // JSON has no -0.
      expect(JSON.parse(JSON.stringify(decoded))).toEqual(JSON.parse(JSON.stringify(other)))
    })
    await checkProperty(property, 300)
    const partial = { userId: 'ann', items: [{ itemId: 'a' }] }
    const bytes = encodeSlate('00-a', partial, AT)
    expect(bytes[0]).toBe(JSON_FORM)
    expect(decodeServed(bytes)).toMatchObject({ at: AT, userId: 'ann', version: 0, policy: undefined, items: ['a'] })
  })

  it('that is cut off is refused', async () => {
    const property = fc.property(slate, fc.double({ min: 0, max: 0.999, noNaN: true }), (slate, share) => {
      const bytes = encodeSlate(slate.recommendationId, slate, AT)
      const part = bytes.subarray(0, Math.floor(bytes.length * share))
      expect(() => decodeSlate(slate.recommendationId, part)).toThrow()
    })
    await checkProperty(property, 200)
  })
})

/** A slate of 20 items, each of two sources on average. */
function fullSlate(itemIds: readonly string[], anchors: readonly string[], single: (score: number) => number): WholeSlate {
  const items = itemIds.map((itemId, row) => ({
    ...{ itemId, position: row + 1, score: single(0.1 + row / 70), exploration: row === 3, propensity: 1 },
    sources: [
      { name: 'trending', score: Math.E / (row + 3) },
      ...(row % 2 === 0 ? [{ name: 'item_to_item', score: Math.PI / (row + 2) }] : []),
      ...(row % 3 === 0 ? [{ name: 'new', score: 1 / (row + 2) }] : []),
    ],
    reason: { code: row % 2 === 0 ? 'BECAUSE_YOU_VIEWED' : 'TRENDING', anchorItemId: anchors[row % anchors.length] },
  }))
  return {
    ...{ recommendationId: '0b-0d3ea2b4-6a5c-4c1d-9a3f-6f1f0f0c8d11', userId: '3f1d7a52-90a5-4ac0-8a51-6f1b8ad3e9c2' },
    ...{ surface: 'home', device: 'mobile', policy: 'treatment-2', version: 91_737_805, trigger: 'EVENT', items },
    ...{ latestEventId: '9f1d7a52-90a5-4ac0-8a51-6f1b8ad3e9c2', generatedAt: AT, model: 'default-2026-11', fallback: false },
    ...{ warnings: [], tookMs: 1.2345678 },
  }
}

describe('a kept slate of 20 items without vectors', () => {
  const kinds = ['a prefix and a number', 'numbers', 'integers of 64 bits', 'UUIDs'] as const

  it.each(kinds)('takes at most 1 KB on every page of a feed, with ids that are %s', async (kind) => {
    const distinct = fc.uniqueArray(ids[kind], { minLength: 205, maxLength: 205 })
    const property = fc.property(distinct, fc.boolean(), (all, isRankedByModel) => {
      const anchors = all.slice(200)
      for (let page = 0; page < 10; page++) {
        const slate = fullSlate(all.slice(20 * page, 20 * (page + 1)), anchors, isRankedByModel ? Math.fround : (score) => score)
        expect(encodeSlate(slate.recommendationId, slate, AT).length).toBeLessThanOrEqual(1024)
      }
    })
    await checkProperty(property, 30)
  })
})
