import { describe, expect, it } from 'vitest'
import { compileAlone } from '../../src/rules/filter-binder.ts'
import { attributesOf, checkFilter, type ItemFilterInput } from '../../src/rules/item-filter.ts'
import type { JsonObject } from '../../src/state/user-value.ts'

const LAMP: JsonObject = { brand: 'Lux', price: 12.5, sale: false, tags: ['red', 'small', 3], none: [], size: { cm: 3 } }
const FIGURES: Record<string, number> = { views: 5, buys: Number.NaN }

const checked = (filter: ItemFilterInput) =>
  checkFilter(filter, { path: 'rules.filter', checkFeature: () => {}, checkRelation: () => {} })

const compiled = (filter: ItemFilterInput) => compileAlone(checked(filter))

function holds(filter: ItemFilterInput, attributes = LAMP): boolean | undefined {
  const { test, features } = compiled(filter)
  return test({ attributes }, (feature) => FIGURES[features[feature]])
}

describe('a filter', () => {
  it.each<[string, ItemFilterInput, boolean]>([
    ['that is empty', {}, true],
    ['whose parts are all null', { and: null, or: null, not: null, attribute: null, feature: null }, true],
    ['of an equal text', { attribute: { name: 'brand', eq: 'Lux' } }, true],
    ['of another text', { attribute: { name: 'brand', eq: 'lux' } }, false],
    ['of a number', { attribute: { name: 'price', eq: 12.5 } }, true],
    ['of a number as text', { attribute: { name: 'price', eq: '12.5' } }, false],
    ['of false', { attribute: { name: 'sale', eq: false } }, true],
    ['of any element of a list', { attribute: { name: 'tags', eq: 'small' } }, true],
    ['of no element of a list', { attribute: { name: 'tags', eq: 'large' } }, false],
    ['of one of several', { attribute: { name: 'brand', in: ['Nox', 'Lux'] } }, true],
    ['of one of several in a list', { attribute: { name: 'tags', in: ['blue', 3] } }, true],
    ['of one of none', { attribute: { name: 'brand', in: [] } }, false],
    ['of bounds that include', { attribute: { name: 'price', gte: 12.5, lte: 12.5 } }, true],
    ['of bounds that do not', { attribute: { name: 'price', gt: 12.5 } }, false],
    ['of an upper bound that does not', { attribute: { name: 'price', lt: 12.5 } }, false],
    ['of one bound that fails', { attribute: { name: 'price', gt: 1, lt: 2 } }, false],
    ['of bounds of a text', { attribute: { name: 'brand', gt: 0 } }, false],
    ['of bounds of a list', { attribute: { name: 'tags', gt: 0 } }, false],
    ['of an attribute that exists', { attribute: { name: 'size', exists: true } }, true],
    ['of an empty list, which exists', { attribute: { name: 'none', exists: true } }, true],
    ['of a name alone, which asks for it', { attribute: { name: 'nothing' } }, false],
    ['of an attribute that is missing', { attribute: { name: 'nothing', exists: false } }, true],
    ['of a missing attribute with a bound', { attribute: { name: 'nothing', exists: false, lt: 3 } }, false],
    ['of what every object inherits', { attribute: { name: 'toString', exists: true } }, false],
    ['of a missing attribute that is not equal', { not: { attribute: { name: 'nothing', eq: 1 } } }, true],
    ['of a present attribute that is to be missing', { attribute: { name: 'brand', eq: 'Lux', exists: false } }, false],
    ['of a feature', { feature: { name: 'views', gte: 5, lt: 6 } }, true],
    ['of a feature beyond its bound', { feature: { name: 'views', gt: 5 } }, false],
    ['of a feature that exists', { feature: { name: 'views', exists: true } }, true],
    ['of a missing feature', { feature: { name: 'buys', lt: 5 } }, false],
    ['of a missing feature that is asked for', { feature: { name: 'buys', exists: false } }, true],
    ['of a missing feature with a bound', { feature: { name: 'buys', exists: false, lt: 5 } }, false],
    ['of all of none', { and: [] }, true],
    ['of any of none', { or: [] }, false],
    ['of not everything', { not: {} }, false],
    [
      'of all that is given',
      { attribute: { name: 'brand', eq: 'Lux' }, or: [{ attribute: { name: 'price', gt: 99 } }, { not: {} }] },
      false,
    ],
    [
      'of parts within parts',
      { and: [{ or: [{ not: {} }, { attribute: { name: 'tags', eq: 'red' } }] }, { feature: { name: 'views', gt: 1 } }] },
      true,
    ],
  ])('%s', (_, filter, wanted) => {
    expect(holds(filter)).toBe(wanted)
  })

  it('decides without features if attributes are enough', () => {
    const views = { feature: { name: 'views', gt: 1 } }
    const lux = { attribute: { name: 'brand', eq: 'Lux' } }
    const before = (filter: ItemFilterInput) => compiled(filter).test({ attributes: LAMP }, undefined)
    expect(before({ and: [views, lux] })).toBeUndefined()
    expect(before({ and: [views, { not: lux }] })).toBe(false)
    expect(before({ or: [views, lux] })).toBe(true)
    expect(before({ or: [views, { not: lux }] })).toBeUndefined()
    expect(before({ not: views })).toBeUndefined()
    expect(compiled({ and: [views, { not: views }] }).features).toEqual(['views'])
  })

  it('names the attributes that it tests, with their paths', () => {
    const filter = checked({ and: [{ attribute: { name: 'a' } }], or: [{ not: { attribute: { name: 'b' } } }] })
    expect([...attributesOf(filter, 'filter')]).toEqual([
      { name: 'a', path: 'filter.and.0.attribute.name' },
      { name: 'b', path: 'filter.or.0.not.attribute.name' },
    ])
  })

  const nested = (depth: number): ItemFilterInput => (depth === 1 ? {} : { not: nested(depth - 1) })

  it.each<[string, ItemFilterInput, string, string]>([
    ['too deep', nested(50), `rules.filter${'.not'.repeat(10)}`, 'is nested deeper than 10 filters.'],
    ['too wide', { or: new Array<ItemFilterInput>(1000).fill({}) }, 'rules.filter', 'has more than 1000 conditions and values'],
    [
      'too long a list',
      { attribute: { name: 'a', in: new Array<number>(1000).fill(1) } },
      'rules.filter',
      'has more than 1000 conditions and values',
    ],
    ['without a name', { and: [{ attribute: { name: '' } }] }, 'rules.filter.and.0.attribute.name', 'has 0 characters'],
    ['of a long name', { feature: { name: 'x'.repeat(129) } }, 'rules.filter.feature.name', 'has 129 characters'],
  ])('that is %s is refused', (_, filter, field, message) => {
    expect(() => checked(filter)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', field, message: expect.stringContaining(`${field} ${message}`) }),
    )
    expect(() => checked(nested(10))).not.toThrow()
  })
})
