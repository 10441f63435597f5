import { describe, expect, it } from 'vitest'
import type { Accumulator, Feature } from '../../src/accumulators/accumulator.ts'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { decayedSum, sum } from '../../src/state/slots.ts'
import { type Part, tablePart } from '../../src/state/user-value-part.ts'

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
