import { resolveCursorConnection } from '@pothos/plugin-relay'
import { z } from 'zod'
import { findItems } from '../analysis/find-items.ts'
import type { ItemOrder, Place } from '../analysis/item-order.ts'
import type { CatalogueItem } from '../catalogue/catalogue.ts'
import { LiverankError } from '../errors.ts'
import { checkName } from '../rules/item-filter.ts'
import { numberFeature, OF_ITEMS } from '../rules/rule-features.ts'
import type { Service } from '../service.ts'
import { builder } from './builder.ts'
import { withoutEmptyCursors } from './cursors.ts'
import { filterCost } from './filter-cost.ts'
import { Item, walkCost } from './item.ts'
import { ItemFilter, itemFilter } from './item-filter.ts'
import { pageSizes } from './page-sizes.ts'

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
  description: 'Direction of an order.',
  values: { ASC: { description: 'Smallest first.' }, DESC: { description: 'Largest first.' } } as const,
})

const ItemOrderInput = builder.inputType('ItemOrder', {
  description: 'What items are ordered by: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    attribute: t.string({ description: 'Name of an attribute. Its numbers come before its texts.' }),
    feature: t.string({ description: 'Name of a feature of items that has a single number.' }),
  }),
})

builder.queryField('items', (t) =>
  t.connection(
    {
      type: Item,
      nullable: true,
      description: 'Items of the catalogue, sorted by itemId unless orderBy is given.',
      args: {
        filter: t.arg({ type: ItemFilter, description: 'Only items that it selects. All items if absent.' }),
        orderBy: t.arg({
          type: ItemOrderInput,
          description: 'By itemId if absent. Ties sort by itemId. Items without the value come last in both directions.',
        }),
        direction: t.arg({
          type: OrderDirection,
          required: true,
          defaultValue: 'DESC',
          description: 'Direction of orderBy. The order by itemId always goes up.',
        }),
      },
      complexity: ({ first, last, filter }, { service }) => ({
        field: walkCost(service) + filterCost(filter),
        multiplier: first ?? last ?? 20,
      }),
      resolve: async (_, { filter, orderBy, direction, ...args }, context) => {
        const { service } = context
        const sizes = pageSizes(args)
        const order = itemOrder(orderBy, direction, service)
        const compiled = itemFilter(filter, context)
        const values = new Map<CatalogueItem, Place['value']>()
        let totalCount = 0
        const connection = await resolveCursorConnection<Promise<CatalogueItem[]>>(
          {
            args: sizes,
            defaultSize: 20,
            maxSize: 500,
            toCursor: (item) => cursorOf({ itemId: item.itemId, value: values.get(item) }),
          },
          async ({ before, after, limit, inverted }) => {
            const places = {
              before: before === undefined ? before : placeAt(before),
              after: after === undefined ? after : placeAt(after),
            }
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

const cursor = z.union([z.tuple([z.string()]), z.tuple([z.string(), z.union([z.string(), z.number(), z.boolean()])])])

/** An item's place in the order: it stays where it was when others come and go. */
function cursorOf({ itemId, value }: Place): string {
  return Buffer.from(JSON.stringify(value === undefined ? [itemId] : [itemId, value])).toString('base64url')
}

/** @throws LiverankError BAD_USER_INPUT when it is no cursor of items */
function placeAt(text: string): Place {
  try {
    const [itemId, value] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { itemId, value }
  } catch (error) {
    throw new LiverankError('BAD_USER_INPUT', `Invalid cursor ${text}: pass a cursor that this query returned.`, { cause: error })
  }
}

/** @throws LiverankError BAD_USER_INPUT naming an attribute or feature that cannot order items */
function itemOrder(
  input: typeof ItemOrderInput.$inferInput | null | undefined,
  direction: ItemOrder['direction'],
  { accumulators }: Service,
): ItemOrder | undefined {
  if (!input) return undefined
  if (input.attribute !== undefined) {
    checkName(input.attribute, 'orderBy.attribute')
    return { by: { attribute: input.attribute }, direction }
  }
  return { by: { feature: numberFeature(accumulators, OF_ITEMS, input.feature, 'orderBy.feature') }, direction }
}
