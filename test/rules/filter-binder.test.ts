import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter } from '../../src/rules/compiled-filter.ts'
import { FilterBinder, type Surroundings } from '../../src/rules/filter-binder.ts'
import type { AttributeCondition, ItemFilter } from '../../src/rules/item-filter.ts'
import type { Json, JsonObject } from '../../src/state/user-value.ts'
import { checkProperty } from '../support/check-property.ts'
import { attributes, attributeName as name, scalar } from '../support/item-attributes.ts'

const USER: JsonObject = { city: 'Rome', sizes: ['M', 'L', 3], shoe: 41, none: [], home: { city: 'Rome' }, blank: null }
const ANCHORS: JsonObject[] = [
  { brand: 'Lux', price: 100, tags: ['red', 'new'], loss: -10, free: 0 },
  { brand: 'Nox', price: 500, soldBy: 'Rome' },
]

function selects(
  filter: ItemFilter,
  attributes: JsonObject,
  surroundings: Surroundings = { user: USER, anchors: ANCHORS },
): boolean {
  return compileFilter(new FilterBinder(surroundings).bind(filter)).test({ attributes }, undefined) === true
}

describe('a condition that compares an item', () => {
  it.each<[string, Omit<AttributeCondition, 'name'>, Json, boolean]>([
    ['with the same text of the user', { equalsUser: 'city' }, 'Rome', true],
    ['with another text', { equalsUser: 'city' }, 'rome', false],
    ['with a number of the user as text', { equalsUser: 'shoe' }, '41', false],
    ['with a list of the user', { equalsUser: 'sizes' }, 'L', true],
    ['with a list of the user, by type', { equalsUser: 'sizes' }, '3', false],
    ['whose value is a list', { equalsUser: 'city' }, ['Oslo', 'Rome'], true],
    ['whose value is a list, with a list', { equalsUser: 'sizes' }, ['S', 3], true],
    ['with an empty list', { equalsUser: 'none' }, 'x', false],
    ['with an object', { equalsUser: 'home' }, { city: 'Rome' }, false],
    ['with a value that the user lacks', { equalsUser: 'age' }, 'x', false],
    ['with null', { equalsUser: 'blank' }, null, false],
    ['with what every object inherits', { equalsUser: 'toString' }, 'x', false],
    ['that lacks the value', { equalsUser: 'city' }, null, false],
    ['that must lack the value, too', { equalsUser: 'city', exists: false }, null, false],
    ['with one of several of the user', { inUser: ['age', 'city'] }, 'Rome', true],
    ['with none of several of the user', { inUser: ['age', 'city'] }, 'Oslo', false],
    ['with one of one of the user', { inUser: ['sizes'] }, 'M', true],
    ['with the second item on screen', { equalsAnchor: 'brand' }, 'Nox', true],
    ['with another attribute of an item on screen', { equalsAnchor: 'soldBy' }, 'Rome', true],
    ['with a list of an item on screen', { equalsAnchor: 'tags' }, ['blue', 'new'], true],
    ['with no item on screen', { equalsAnchor: 'brand' }, 'Pax', false],
    ['with the user and the items on screen', { equalsUser: 'city', equalsAnchor: 'brand' }, ['Rome', 'Lux'], true],
    ['with the user, but not the items on screen', { equalsUser: 'city', equalsAnchor: 'brand' }, 'Rome', false],
    ['with the user and a list', { equalsUser: 'city', in: ['Oslo'] }, 'Rome', false],
  ])('%s', (_, condition, value, holds) => {
    expect(selects({ attribute: { name: 'of', ...condition } }, value === null ? {} : { of: value })).toBe(holds)
  })

  it.each<[string, number, number | string, boolean]>([
    ['price', 0.2, 80, true],
    ['price', 0.2, 120, true],
    ['price', 0.2, 120.01, false],
    ['price', 0.2, 79.99, false],
    ['price', 0.2, 400, true],
    ['price', 0.2, 300, false],
    ['price', 0.2, '100', false],
    ['price', 0, 100, true],
    ['price', 0, 100.5, false],
    ['price', 10, -400, true],
    ['loss', 0.5, -15, true],
    ['loss', 0.5, -16, false],
    ['free', 10, 0, true],
    ['free', 10, 1, false],
    ['brand', 10, 0, false],
  ])('with the %s of the items on screen, within a share of %d: %s', (name, withinShareOfAnchor, value, holds) => {
    expect(selects({ attribute: { name, withinShareOfAnchor } }, { [name]: value })).toBe(holds)
  })

  it('is met by no item if nothing is on screen, and its negation by every item', () => {
    for (const attribute of [
      { name: 'brand', equalsAnchor: 'brand' },
      { name: 'price', withinShareOfAnchor: 10 },
      { name: 'city', equalsUser: 'city' },
    ]) {
      const empty = { user: {}, anchors: [] }
      expect(selects({ attribute }, ANCHORS[0], empty)).toBe(false)
      expect(selects({ not: { attribute } }, ANCHORS[0], empty)).toBe(true)
    }
  })

  it('shares the values of an attribute with all conditions that name it, however long the list is', () => {
    const user = { many: Array.from({ length: 1000 }, (_, n) => n) }
    const attribute = { name: 'price', equalsUser: 'many', inUser: ['many', 'many'] }
    const { and = [] } = new FilterBinder({ user, anchors: [] }).bind({ and: [{ attribute }, { attribute }] })
    const sets = new Set(and.flatMap((one) => one.attribute?.among ?? []).flat())
    expect([...sets].map((values) => values.size)).toEqual([1000])
  })

  it('can be left out for a user who lacks the value', () => {
    const filter = { or: [{ attribute: { name: 'city', equalsUser: 'city' } }, { user: { name: 'city', exists: false } }] }
    const user = (attributes: JsonObject) => ({ user: attributes, anchors: [] })
    expect(selects(filter, { city: 'Oslo' }, user({ city: 'Rome' }))).toBe(false)
    expect(selects(filter, { city: 'Rome' }, user({ city: 'Rome' }))).toBe(true)
    expect(selects(filter, { city: 'Oslo' }, user({}))).toBe(true)
  })
})

const comparison = fc.record(
  {
    name,
    equalsUser: name,
    inUser: fc.array(name, { minLength: 1, maxLength: 3 }),
    equalsAnchor: name,
    withinShareOfAnchor: fc.constantFrom(0, 0.25, 1, 10),
    in: fc.array(scalar, { maxLength: 3 }),
    exists: fc.boolean(),
  },
  { requiredKeys: ['name'] },
)
const { filter } = fc.letrec<{ filter: ItemFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    fc.record({ attribute: comparison }),
    fc.record({ user: fc.record({ name, eq: scalar, exists: fc.boolean() }, { requiredKeys: ['name'] }) }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ not: tie('filter') }),
  ),
}))

it('a compiled filter selects the items that docs/reference/rules.md says', async () => {
  const seen = new Set<boolean>()
  await checkProperty(
    fc.property(filter, attributes, attributes, fc.array(attributes, { maxLength: 3 }), (one, item, user, anchors) => {
      const wanted = naiveSelects(one, item, { user, anchors })
      seen.add(wanted)
      expect(selects(one, item, { user, anchors })).toBe(wanted)
    }),
    3000,
  )
  expect(seen.size).toBe(2)
})

/** As plainly as can be: each comparison by itself, with each value of the user and of each item on screen. */
function naiveSelects({ and, or, not, attribute, user }: ItemFilter, item: JsonObject, around: Surroundings): boolean {
  if (and) return and.every((part) => naiveSelects(part, item, around))
  if (or) return or.some((part) => naiveSelects(part, item, around))
  if (not) return !naiveSelects(not, item, around)
  if (user) return naiveMeets(user, around.user, around)
  return naiveMeets(attribute!, item, around)
}

function naiveMeets(condition: AttributeCondition, of: JsonObject, { user, anchors }: Surroundings): boolean {
  const values = listOf(of, condition.name)
  const isPresent = Object.hasOwn(of, condition.name) && of[condition.name] !== null
  const { eq, equalsUser, inUser, equalsAnchor, withinShareOfAnchor: share, in: listed, exists } = condition
  const shares = (others: Json[]) => values.some((one) => others.includes(one))
  const number = of[condition.name]
  const near = (anchor: Json) =>
    typeof number === 'number' &&
    typeof anchor === 'number' &&
    number >= anchor - share! * Math.abs(anchor) &&
    number <= anchor + share! * Math.abs(anchor)
  const comparisons = [
    eq === undefined || shares([eq]),
    listed === undefined || shares([...listed]),
    equalsUser === undefined || shares(listOf(user, equalsUser)),
    inUser === undefined || inUser.some((other) => shares(listOf(user, other))),
    equalsAnchor === undefined || anchors.some((anchor) => shares(listOf(anchor, equalsAnchor))),
    share === undefined ||
      (isPresent && anchors.some((anchor) => Object.hasOwn(anchor, condition.name) && near(anchor[condition.name]))),
  ]
  const asks = [eq, listed, equalsUser, inUser, equalsAnchor, share].some((one) => one !== undefined)
  if (!isPresent) return exists === false && !asks
  return exists !== false && comparisons.every((holds) => holds)
}

function listOf(attributes: JsonObject, name: string): Json[] {
  const held = Object.hasOwn(attributes, name) ? attributes[name] : null
  return (Array.isArray(held) ? held : [held]).filter((one) => one !== null && typeof one !== 'object')
}
