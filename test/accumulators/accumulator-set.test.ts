import { describe, expect, it } from 'vitest'
import type { Accumulator, Feature, Reduction } from '../../src/accumulators/accumulator.ts'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { decayedSum, sum } from '../../src/state/slots.ts'
import { type Part, tablePart } from '../../src/state/user-value.ts'

function accumulator(name: string, more: Partial<Accumulator> = {}): Accumulator {
  return { name, entity: 'ITEM', description: '', roles: [], features: [], ...more }
}

const feature: Feature = { name: 'item_x', entity: 'ITEM', description: '', missing: 'never' }
const part = tablePart('x', 1, { item: 'text' }) as Part<unknown>

describe('a set of accumulators', () => {
  it.each([
    ['accumulators', 'two accumulators are named a', [accumulator('a'), accumulator('a')]],
    [
      'features',
      'two features are named item_x',
      [accumulator('a', { features: [feature] }), accumulator('b', { features: [feature] })],
    ],
    ['parts', 'two parts are named x', [accumulator('a', { parts: [part] }), accumulator('b', { parts: [part] })]],
  ])('refuses %s of one name', (_, message, accumulators) => {
    expect(() => new AccumulatorSet(accumulators)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining(message) }),
    )
  })

  it('refuses two accumulators that find exposures', () => {
    const exposing = { find: () => [], sum: sum('item', 'shown') }
    const both = [accumulator('a', { exposing, slots: [exposing.sum] }), accumulator('b', { exposing })]
    expect(() => new AccumulatorSet(both)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining('a and b both find exposures') }),
    )
  })

  it('runs the accumulator that finds exposures once, and shows what it finds to every reducer', () => {
    const exposure = {
      isClick: false,
      item: { itemId: 'i', attributes: {} },
      at: 1,
      surface: undefined,
      position: undefined,
      isRated: false,
    }
    let calls = 0
    const exposing = {
      sum: sum('item', 'shown'),
      find: () => {
        calls++
        return [exposure]
      },
    }
    const seen: unknown[] = []
    const reduce = ({ exposures }: Reduction) => seen.push(...exposures)
    const set = new AccumulatorSet([accumulator('a', { reduce }), accumulator('b', { reduce, exposing, slots: [exposing.sum] })])
    const event = { facts: { items: [] }, meaning: { role: 'view' } } as unknown as Parameters<AccumulatorSet['reduce']>[0]
    set.reduce(event, true)
    expect([calls, seen]).toEqual([1, [exposure, exposure]])
    set.reduce(event, false)
    expect([calls, seen.length]).toEqual([1, 2])
    expect(set.ratesClicks(set.layout.names)).toBe(true)
    expect(set.ratesClicks({ item: [], attribute: [] })).toBe(false)
  })

  it('gives a slot that two accumulators share one place, and puts new slots behind those on record', () => {
    const shared = decayedSum('item', 'shared', 1000)
    const recorded = new AccumulatorSet([accumulator('a', { slots: [shared] })]).layout.names
    const { layout } = new AccumulatorSet(
      [accumulator('b', { slots: [sum('item', 'new'), shared] }), accumulator('a', { slots: [shared] })],
      recorded,
    )
    expect(layout.names.item).toEqual(['first_seen', 'last_seen', 'shared@1000', 'shared@1000:epoch', 'new'])
    expect(layout.indexOf(shared)).toBe(2)
  })

  it('knows every feature of the default domain by its name', () => {
    const { features, accumulators } = new AccumulatorSet(eCommerce.accumulators)
    expect(features.size).toBe(accumulators.flatMap(({ features }) => features).length)
    for (const [name, { description, missing, column, breakdown, ofValues }] of features) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect({
        name,
        description: description !== '',
        missing: missing !== '',
        readable: (column ?? breakdown ?? ofValues) !== undefined,
      }).toEqual({
        name,
        description: true,
        missing: true,
        readable: true,
      })
    }
  })
})
