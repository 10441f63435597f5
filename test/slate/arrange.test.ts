import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arrangement, arrange } from '../../src/slate/arrange.ts'
import { LimitPer } from '../../src/slate/limit-per.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'

const MOST_ROWS = 14

/** A few coarse values, so that ties are common. */
const tenths = fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10)

const sceneArbitrary = fc.record({
  first: fc.integer({ min: 1, max: 10 }),
  scores: fc.array(
    fc.oneof(
      tenths,
      fc.double({ min: 1e-9, max: 5, noNaN: true }),
      tenths.map((tenth) => -tenth),
    ),
    { maxLength: MOST_ROWS },
  ),
  brands: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: MOST_ROWS, maxLength: MOST_ROWS }),
  limit: fc.integer({ min: 1, max: 3 }),
  pins: fc.uniqueArray(fc.record({ position: fc.integer({ min: 1, max: 10 }), row: fc.nat(MOST_ROWS - 1) }), {
    maxLength: 3,
    comparator: (a, b) => a.position === b.position || a.row === b.row,
  }),
  reserved: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  diversity: fc.oneof(tenths, fc.constantFrom(0.01, 0.05)),
  common: fc.array(fc.oneof(tenths, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: MOST_ROWS, maxLength: MOST_ROWS }),
  similarities: fc.array(fc.oneof(tenths, fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: MOST_ROWS ** 2,
    maxLength: MOST_ROWS ** 2,
  }),
})

type Scene = typeof sceneArbitrary extends fc.Arbitrary<infer T> ? T : never

/** Pins are counted in `limitPer` before anything else is, as those who call it do. */
function arrangementOf({ first, scores, brands, limit, pins, reserved, diversity, common, similarities }: Scene): Arrangement {
  const itemOf = (row: number) => ({
    itemId: String(row),
    attributes: { brand: brands[row] },
    available: true,
    addedAt: 0,
    updatedAt: 0,
    deleted: false,
    declared: {},
  })
  const limitPer = new LimitPer([{ attribute: 'brand', limit }])
  const pinned = new Map<number, number>()
  for (const { position, row } of pins) {
    if (row >= scores.length || position > first || position === reserved || !limitPer.fits(itemOf(row))) continue
    limitPer.add(itemOf(row))
    pinned.set(position, row)
  }
  return {
    first,
    rows: scores.map((_, row) => row).sort((a, b) => scores[b] - scores[a] || a - b),
    itemOf,
    scoreOf: (row) => scores[row],
    pins: pinned,
    reserved,
    limitPer,
    diversity,
    similarity: () => (a, b) => similarities[Math.min(a, b) * MOST_ROWS + Math.max(a, b)],
    relativePopularity: () => (row) => common[row],
  }
}

/** The words of docs/reference/rules.md: for each position every row is compared with every row above. */
function greedily({
  first,
  rows,
  itemOf,
  scoreOf,
  pins,
  reserved,
  limitPer,
  diversity,
  similarity,
  relativePopularity,
}: Arrangement) {
  const left = new Set(rows.filter((row) => ![...pins.values()].includes(row)))
  const highest = Math.max(...[...left].map(scoreOf))
  const relevance = (row: number) => {
    if (highest <= 0 || diversity === 0) return highest > 0 ? scoreOf(row) / highest : 0
    return scoreOf(row) / highest - (scoreOf(row) > 0 ? diversity * relativePopularity()(row) : 0)
  }
  const slots: (number | undefined)[] = []
  for (let position = 1; position <= first; position++) {
    const above = slots.filter((row) => row !== undefined)
    const worth = (row: number) =>
      (1 - diversity) * relevance(row) - diversity * Math.max(0, ...above.map((other) => similarity()(row, other)))
    const isScored = (row: number) => Number(scoreOf(row) > 0)
    // A stable sort: of equals the better one.
    const [best] = [...left]
      .filter((row) => limitPer.fits(itemOf(row)))
      .sort((a, b) => isScored(b) - isScored(a) || worth(b) - worth(a))
    const row = pins.get(position) ?? (position === reserved ? undefined : best)
    slots.push(row)
    if (row === undefined || !left.delete(row)) continue
    limitPer.add(itemOf(row))
  }
  return slots
}

describe('maximal marginal relevance', () => {
  it('makes the same choice as a comparison of every row with all rows above it at every position', {
    timeout: PROPERTY_MS,
  }, async () => {
    const agree = fc.property(sceneArbitrary, (scene) => {
      expect(arrange(arrangementOf(scene))).toEqual(greedily(arrangementOf(scene)))
    })
    await checkProperty(agree, 2000)
  })
})
