import { describe, expect, it } from 'vitest'
import type { CatalogueItem } from '../../src/catalogue/catalogue.ts'
import { hashedChance } from '../../src/random.ts'
import type { Limit } from '../../src/rules/compiled-rules.ts'
import { type DrawnOrder, drawOrder } from '../../src/slate/arrange.ts'
import { LimitPer } from '../../src/slate/limit-per.ts'
import { chiSquare, chiSquareBound } from '../support/chi-square.ts'

const SCORES = [0.4, 0.3, 0.2, 0.1]
const BRANDS = ['x', 'x', 'y', 'y']

function item(row: number): CatalogueItem {
  const attributes = { brand: BRANDS[row] }
  return { itemId: `i${row}`, attributes, declared: attributes, available: true, deleted: false, updatedAt: 0, addedAt: 0 }
}

interface Setting {
  readonly first?: number
  readonly limits?: readonly Limit[]
  readonly pins?: ReadonlyMap<number, number>
}

function draw(number: number, { first = 3, limits = [], pins = new Map() }: Setting): DrawnOrder {
  const limitPer = new LimitPer(limits)
  for (const row of pins.values()) limitPer.add(item(row))
  const arrangement = { first, rows: [0, 1, 2, 3], itemOf: item, scoreOf: (row: number) => SCORES[row], pins, limitPer }
  return drawOrder(arrangement, (row) => hashedChance(`${number}\0${row}`))
}

/** How often each order was drawn in 100,000 draws, and with which probability it was said to be. */
function drawn(setting: Setting): { counts: number[]; probabilities: number[]; orders: string[] } {
  const found = new Map<string, { count: number; probability: number }>()
  for (let number = 0; number < 100_000; number++) {
    const { rows, propensities } = draw(number, setting)
    const order = rows.map((row) => row ?? '-').join('')
    const held = found.get(order) ?? { count: 0, probability: propensities.reduce((product, one) => product * one, 1) }
    held.count++
    found.set(order, held)
  }
  const all = [...found.values()]
  return {
    counts: all.map(({ count }) => count),
    probabilities: all.map(({ probability }) => probability),
    orders: [...found.keys()],
  }
}

describe('an order that is drawn', () => {
  it.each<[string, Setting, number]>([
    ['of all items', {}, 24],
    ['with one of a brand', { first: 2, limits: [{ attribute: 'brand', limit: 1 }] }, 8],
    ['around a pin', { pins: new Map([[2, 3]]) }, 6],
  ])('%s comes as often as its propensities say, in 100,000 draws', (_, setting, orders) => {
    const { counts, probabilities } = drawn(setting)
    expect(counts).toHaveLength(orders)
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9)
    expect(chiSquare(counts, probabilities)).toBeLessThan(chiSquareBound(orders))
  })

  it('gives for each position the probability of its item, given the items above', () => {
    const { rows, propensities } = draw(1, { first: 5 })
    let left = 1
    rows.forEach((row, at) => {
      expect(propensities[at]).toBeCloseTo(row === undefined ? 1 : SCORES[row] / left, 12)
      left -= row === undefined ? 0 : SCORES[row]
    })
    expect(rows.filter((row) => row === undefined)).toHaveLength(1)
  })

  it('gives items with score 0 a chance too, and all items the same chance if all scores are 0', () => {
    const none = { first: 1, rows: [0, 1], itemOf: item, pins: new Map<number, number>(), limitPer: new LimitPer([]) }
    const { propensities } = drawOrder({ ...none, scoreOf: () => 0 }, () => 0.5)
    expect(propensities).toEqual([0.5])
    const lucky = drawOrder({ ...none, scoreOf: (row) => row }, (row) => (row === 0 ? 1 - 1e-9 : 1e-9))
    expect(lucky).toEqual({ rows: [0], propensities: [expect.closeTo(0.001 / 1.001, 9)] })
  })
})
