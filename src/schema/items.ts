import { resolveCursorConnection } from '@pothos/plugin-relay'
import { findItems } from '../analysis/find-items.ts'
import type { Place } from '../analysis/sort-order.ts'
import type { CatalogueItem } from '../catalogue/catalogue.ts'
import { OF_ITEMS } from '../rules/rule-features.ts'
import { builder } from './builder.ts'
import { Item, walkCost } from './item.ts'
import { ItemFilter, itemFilter } from './item-filter.ts'
import { pageSizes, withoutEmptyCursors } from './pages.ts'
import { filterCost } from './slate-cost.ts'
import { cursorOf, placeAt, sortOrder } from './sorted-list.ts'

const ItemEdge = builder.edgeObject({ type: Item, name: 'ItemEdge' })
const ItemConnection = builder.connectionObject(
  {
    type: Item,
    name: 'ItemConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Number of items that match the filter.',
        resolve: ({ totalCount }) => totalCount,
      }),
    }),
  },
  ItemEdge,
)

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Whether a list begins with the smallest or with the largest value.',
  values: { ASC: { description: 'Smallest first.' }, DESC: { description: 'Largest first.' } } as const,
})

const ItemOrderInput = builder.inputType('ItemOrder', {
  description: 'By what a list of items is ordered. Pass exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    attribute: t.string({
      description:
        'Name of an attribute. If its values are of several types, they are ordered by type: in ascending order, first true and false, then numbers, then texts. Descending order is the reverse.',
    }),
    feature: t.string({ description: 'Name of a feature about items that consists of a single number, such as `item_views`.' }),
  }),
})

builder.queryField('items', (t) =>
  t.connection(
    {
      type: Item,
      nullable: true,
      description: 'Items of the catalogue, sorted by `itemId` unless `orderBy` is given.',
      args: {
        filter: t.arg({ type: ItemFilter, description: 'Only items that this filter selects. If absent, all items.' }),
        orderBy: t.arg({
          type: ItemOrderInput,
          description:
            'What the items are ordered by. If absent, by `itemId`. Items with equal values are ordered by `itemId`. Items without the value come last in both directions.',
        }),
        direction: t.arg({
          type: OrderDirection,
          required: true,
          defaultValue: 'DESC',
          description: 'Direction of the order by `orderBy`. An order by `itemId` is always ascending.',
        }),
      },
      complexity: ({ first, last, filter }, { service }) => ({
        field: walkCost(service) + filterCost(filter, { ...service, mostTested: Number.POSITIVE_INFINITY }),
        multiplier: first ?? last ?? 20,
      }),
      resolve: async (_, { filter, orderBy, direction, ...args }, context) => {
        const { service } = context
        const sizes = pageSizes(args)
        const order = sortOrder(orderBy, direction, service.accumulators, OF_ITEMS)
        const compiled = itemFilter(filter, context)
        const values = new Map<CatalogueItem, Place['value']>()
        let totalCount = 0
        const connection = await resolveCursorConnection<Promise<CatalogueItem[]>>(
          {
            args: sizes,
            defaultSize: 20,
            maxSize: 500,
            toCursor: (item) => cursorOf({ id: item.itemId, value: values.get(item) }),
          },
          async ({ before, after, limit, inverted }) => {
            const places = { before: placeAt(before), after: placeAt(after) }
            const found = await findItems(service, compiled, order, { ...places, limit, inverted })
            totalCount = found.totalCount
            for (const { item, place } of found.page) values.set(item, place.value)
            return found.page.map(({ item }) => item)
          },
        )
        return { ...withoutEmptyCursors(connection), totalCount }
      },
    },
    ItemConnection,
    ItemEdge,
  ),
)
