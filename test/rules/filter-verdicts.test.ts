import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { findItems, type PageRange } from '../../src/analysis/find-items.ts'
import type { SortOrder } from '../../src/analysis/sort-order.ts'
import { Catalogue, type CatalogueItem } from '../../src/catalogue/catalogue.ts'
import { type CompiledFilter, compileFilter } from '../../src/rules/compiled-filter.ts'
import { FilterBinder, type Surroundings } from '../../src/rules/filter-binder.ts'
import { DEPENDS, decided, FAILS, MEETS, verdicts } from '../../src/rules/filter-verdicts.ts'
import type { ItemFilter } from '../../src/rules/item-filter.ts'
import { newestOf } from '../../src/rules/matching-items.ts'
import type { Json } from '../../src/state/user-value.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { attributes, attributeName as name, scalar } from '../support/item-attributes.ts'
import { openOn } from '../support/service.ts'

const bound = fc.constantFrom(0, 1, 2, 2.5)
const bounds = { gt: bound, gte: bound, lt: bound, lte: bound, exists: fc.boolean() }
const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  user: attributes,
  anchors: fc.array(attributes, { maxLength: 2 }),
})
const relative = {
  equalsUser: name,
  inUser: fc.array(name, { minLength: 1, maxLength: 2 }),
  equalsAnchor: name,
  withinShareOfAnchor: fc.constantFrom(0, 0.25, 1, 10),
}
const condition = fc.oneof(
  fc.record({ name, equalsUser: relative.equalsUser }),
  fc.record({ name, equalsAnchor: relative.equalsAnchor }),
  fc.record({ name, withinShareOfAnchor: relative.withinShareOfAnchor }),
  fc.record({ name, eq: scalar }),
  fc.record({ name, gte: bound }),
  fc.record({ name, eq: scalar, in: fc.array(scalar, { maxLength: 3 }), ...bounds, ...relative }, { requiredKeys: ['name'] }),
)
const { filter } = fc.letrec<{ filter: ItemFilter }>((tie) => ({
  filter: fc.oneof(
    fc.record({ attribute: condition }, { noNullPrototype: true }),
    fc.constant({}),
    fc.record(
      {
        attribute: condition,
        feature: fc.record({ name: fc.constantFrom('item_views', 'item_price') }),
        and: fc.array(tie('filter'), { maxLength: 2 }),
        or: fc.array(tie('filter'), { maxLength: 2 }),
        not: tie('filter'),
        user: condition,
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  ),
}))

/** Uploads and deletions, often of items that came before. */
const changes = fc.array(
  fc.record({
    item: fc.nat(11),
    attributes,
    deleted: fc.nat(3).map((n) => n === 0),
    available: fc.boolean(),
    addedAt: fc.nat(3),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
)

const order: fc.Arbitrary<SortOrder | undefined> = fc.option(
  fc.record({ by: fc.record({ attribute: name }), direction: fc.constantFrom('ASC', 'DESC') }),
  { nil: undefined },
)
const place = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  fc.record({ id: fc.nat(12).map((n) => `i${n}`), value: fc.option(scalar, { nil: undefined }) }),
)
const range = fc.record({ after: place, before: place, limit: fc.nat(5), inverted: fc.boolean() })

const scene = fc.record({
  rounds: fc.array(
    fc.record({ changes, filters: fc.array(filter, { minLength: 1, maxLength: 3 }), surroundings, order, range }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  // More than are looked at one by one.
  newer: fc.constantFrom(0, 510),
})

/** More conditions than are tested on one item after the other. */
const NEVER_MET = Array.from({ length: 101 }, (_, n) => ({ attribute: { name: 'none', eq: n } }))

function scanned(catalogue: Catalogue, { test }: CompiledFilter): CatalogueItem[] {
  return [...catalogue.newest()].filter((item) => test(item, undefined) !== false)
}

it(
  'the test of columns finds the same items as the test of single items, in the same order, as items change',
  async () => {
    const service = await openOn(undefined, { dataDir: null })
    const seen = new Set<number>()
    await checkProperty(
      fc.asyncProperty(scene, async ({ rounds, newer }) => {
        const catalogue = new Catalogue({})
        const set = (itemId: string, item: Partial<CatalogueItem>) =>
          catalogue.set(itemId, { attributes: {}, available: true, addedAt: 9, updatedAt: 0, deleted: false, ...item })
        for (let n = 0; n < newer; n++) set(`newer${n}`, { attributes: { a: n % 3, b: 'x' } })
        for (const { changes, filters, surroundings, order, range } of rounds) {
          for (const { item, ...change } of changes) set(`i${item}`, change)
          for (const compiled of filters.map((one) => compileFilter(new FilterBinder(surroundings).bind(one)))) {
            const known = await verdicts(compiled.filter, catalogue)
            for (const number of catalogue.numbers) {
              const holds = compiled.test(catalogue.numbered(number)!, undefined)
              seen.add(known[number])
              expect(known[number]).toBe(holds === undefined ? DEPENDS : holds ? MEETS : FAILS)
            }
            const found: CatalogueItem[] = []
            for await (const items of newestOf(catalogue, compiled)) found.push(...items)
            expect(found.filter((item) => compiled.test(item, undefined) !== false)).toEqual(scanned(catalogue, compiled))
            const many = await decided(compileFilter({ or: [...NEVER_MET, compiled.filter] }), catalogue)
            const items = [...catalogue.newest(), { itemId: 'unknown', attributes: surroundings.user }]
            const differs = [undefined, () => 1].flatMap((figures) =>
              items.filter((item) => many.test(item, figures) !== compiled.test(item, figures)),
            )
            expect(differs).toEqual([])
            expect(many.known && Buffer.compare(many.known, known)).toBe(0)
            if (compiled.features.length > 0) continue
            const { totalCount, page } = await findItems({ ...service, catalogue }, compiled, order, range)
            const wanted = scanned(catalogue, compiled)
            expect(totalCount).toBe(wanted.length)
            expect(page.map(({ item }) => item)).toEqual(pageOf(wanted, order, range))
          }
        }
      }),
      300,
    )
    expect(seen).toEqual(new Set([FAILS, DEPENDS, MEETS]))
  },
  PROPERTY_MS,
)

/** As docs/reference/rules.md says it: all in order, and of these the ones between two places. */
function pageOf(items: CatalogueItem[], order: SortOrder | undefined, { after, before, limit, inverted }: PageRange) {
  const valueIn = ({ attributes }: CatalogueItem) => {
    const value =
      order && 'attribute' in order.by && Object.hasOwn(attributes, order.by.attribute) ? attributes[order.by.attribute] : null
    return value === null || typeof value === 'object' ? undefined : value
  }
  const ascending: (Json | undefined)[] = [false, true, -2, 0, 1, 2, 2.5, '1', 'x', 'y']
  const rank = (value: Json | undefined) => {
    if (value === undefined) return Number.POSITIVE_INFINITY
    return ascending.indexOf(value) * (order?.direction === 'DESC' ? -1 : 1)
  }
  const compare = (a: { id: string; value: Json | undefined }, b: { id: string; value: Json | undefined }) => {
    const [first, second] = [rank(a.value), rank(b.value)]
    return first === second ? (a.id < b.id ? -1 : a.id === b.id ? 0 : 1) : first - second
  }
  const within = items
    .map((item) => ({ item, id: item.itemId, value: valueIn(item) }))
    .sort(compare)
    .filter((one) => (!after || compare(one, after) > 0) && (!before || compare(one, before) < 0))
    .map(({ item }) => item)
  return inverted ? within.reverse().slice(0, limit) : within.slice(0, limit)
}
