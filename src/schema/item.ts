import { resolveCursorConnection } from '@pothos/plugin-relay'
import { z } from 'zod'
import { findItems } from '../analysis/find-items.ts'
import type { ItemOrder, Place } from '../analysis/item-order.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { LiverankError } from '../errors.ts'
import { checkName } from '../rules/item-filter.ts'
import { numberFeature, OF_ITEMS } from '../rules/rule-features.ts'
import type { Service } from '../service.ts'
import { type ScoredItem as ScoredItemModel, similarItems, trendingItems } from '../slate/item-lists.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { withoutEmptyCursors } from './cursors.ts'
import { featureCount, featuresNamed } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { ItemFilter, itemFilter } from './item-filter.ts'
import { pageSize, pageSizes } from './page-sizes.ts'

/** Returns the named attributes that exist; all attributes without names. */
export function pick(attributes: JsonObject, names: readonly string[] | null | undefined): JsonObject {
  if (!names) return attributes
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => (Object.hasOwn(attributes, name) ? [[name, attributes[name]]] : [])),
  )
}

export function listParts({ service }: Context) {
  const { store, accumulators, domain, catalogue, clock } = service
  return { store, accumulators, domain, catalogue, now: clock.now() }
}

/**
 * Returns an item of the catalogue, or a placeholder if a list outlives the item: it was deleted, or this process does not know it
 * yet.
 */
export function itemOrDeleted(catalogue: Catalogue, itemId: string): CatalogueItem {
  const unknown = { attributes: {}, available: false, updatedAt: Number.NaN, addedAt: Number.NaN, deleted: true, declared: {} }
  return catalogue.get(itemId) ?? { itemId, ...unknown }
}

/** Kinds of features of an item. */
export const OF_ITEM = ['ITEM', 'ATTRIBUTE'] as const

/** Cost of a walk through the catalogue. It gives other requests their turn, so that a large catalogue does not count in full. */
function walkCost({ catalogue }: Service): number {
  return Math.min(20_000, 500 + catalogue.itemIds.length / 2)
}

export const Item = builder.objectRef<CatalogueItem>('Item')

builder.node(Item, {
  id: { resolve: ({ itemId }) => itemId },
  isTypeOf: (item) => typeof item === 'object' && item !== null && 'declared' in item,
  loadOne: (itemId, { service }) => service.catalogue.get(itemId),
  fields: (t) => ({
    itemId: t.exposeID('itemId'),
    attributes: t.field({
      type: 'JSONObject',
      description: 'All attributes, or the named ones.',
      args: { names: t.arg.stringList() },
      resolve: ({ attributes }, { names }) => pick(attributes, names),
    }),
    attribute: t.field({
      type: 'AttributeValue',
      nullable: true,
      description: 'Value of one attribute. Null if it is absent, or if it is a list or an object.',
      args: { name: t.arg.string({ required: true }) },
      resolve: ({ attributes }, { name }) => {
        const value = Object.hasOwn(attributes, name) ? attributes[name] : null
        return typeof value === 'object' ? null : value
      },
    }),
    available: t.exposeBoolean('available', { description: 'False: the item is paused and not recommended.' }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the item was last uploaded.',
      resolve: ({ updatedAt }) => (Number.isNaN(updatedAt) ? null : new Date(updatedAt)),
    }),
    features: t.field({
      type: [FeatureValue],
      nullable: { list: true, items: false },
      description: 'Current features of the item: all, or the named ones.',
      args: { names: t.arg.stringList() },
      complexity: ({ names }, { service }) => ({ field: 5, multiplier: featureCount(service.accumulators, OF_ITEM, names) }),
      resolve: ({ itemId }, { names }, { service, itemFeatures }) =>
        itemFeatures.values(itemId, featuresNamed(service.accumulators, OF_ITEM, names)),
    }),
    feature: t.float({
      nullable: true,
      description: 'Current value of one feature. Null if there is no data yet.',
      args: { name: t.arg.string({ required: true }) },
      complexity: 5,
      resolve: async ({ itemId }, { name }, { service, itemFeatures }) => {
        const [{ value }] = await itemFeatures.values(itemId, featuresNamed(service.accumulators, OF_ITEM, [name]))
        return value
      },
    }),
    similar: t.field({
      type: [ScoredItem],
      description: 'Items that users act on within a short time of this item, most similar first.',
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      complexity: ({ first }) => ({ field: 400, multiplier: first }),
      resolve: ({ itemId }, { first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
    }),
  }),
})

export const ScoredItem = builder.objectRef<ScoredItemModel>('ScoredItem')
ScoredItem.implement({
  fields: (t) => ({
    item: t.field({ type: Item, resolve: ({ itemId }, _, { service }) => itemOrDeleted(service.catalogue, itemId) }),
    score: t.exposeFloat('score', {
      description: 'Similarity, or event weight on a trending list. Compare it only within one list.',
    }),
  }),
})

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

const OrderDirection = builder.enumType('OrderDirection', {
  values: { ASC: { description: 'Smallest first.' }, DESC: { description: 'Largest first.' } } as const,
})

const ItemOrderInput = builder.inputType('ItemOrder', {
  description:
    'Order of items by an attribute or a feature: pass one of them. Ties sort by itemId. Items without the value come last.',
  fields: (t) => ({
    attribute: t.string(),
    feature: t.string(),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'DESC' }),
  }),
})

builder.queryFields((t) => ({
  item: t.field({
    description: 'An item of the catalogue. Null if it is unknown.',
    type: Item,
    nullable: true,
    args: { itemId: t.arg.id({ required: true }) },
    resolve: (_, { itemId }, { service }) => service.catalogue.get(itemId),
  }),
  items: t.connection(
    {
      type: Item,
      nullable: true,
      description: 'Items of the catalogue, sorted by itemId unless orderBy is given.',
      args: { filter: t.arg({ type: ItemFilter }), orderBy: t.arg({ type: ItemOrderInput }) },
      complexity: ({ first, last }, { service }) => ({ field: walkCost(service), multiplier: first ?? last ?? 20 }),
      resolve: async (_, { filter, orderBy, ...args }, { service }) => {
        const sizes = pageSizes(args)
        const order = itemOrder(orderBy, service)
        const compiled = itemFilter(filter, service.accumulators)
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
  similarItems: t.field({
    description: 'Items that users act on within a short time of this item, most similar first.',
    type: [ScoredItem],
    nullable: { list: true, items: false },
    args: { itemId: t.arg.id({ required: true }), first: t.arg.int({ required: true, defaultValue: 10 }) },
    complexity: ({ first }) => ({ field: 400, multiplier: first }),
    resolve: (_, { itemId, first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
  }),
  trending: t.field({
    type: [ScoredItem],
    nullable: { list: true, items: false },
    description:
      'Items that many users act on now: of the surface, or of the whole shop. With a filter, the list is filled up with the newest items that match, with score 0.',
    args: {
      first: t.arg.int({ required: true, defaultValue: 10 }),
      surface: t.arg.string(),
      filter: t.arg({ type: ItemFilter }),
    },
    complexity: ({ first, filter }, { service }) => ({ field: filter ? walkCost(service) : 1000, multiplier: first }),
    resolve: (_, { first, surface, filter }, context) => {
      const compiled = itemFilter(filter, context.service.accumulators)
      return trendingItems(listParts(context), surface ?? undefined, pageSize(first), compiled)
    },
  }),
}))

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

/** @throws LiverankError BAD_USER_INPUT when it names no one thing to order by */
function itemOrder(
  input: typeof ItemOrderInput.$inferInput | null | undefined,
  { accumulators }: Service,
): ItemOrder | undefined {
  if (!input) return undefined
  const { attribute, feature, direction } = input
  if ((attribute == null) === (feature == null))
    throw new LiverankError('BAD_USER_INPUT', 'orderBy: pass either attribute or feature.')
  if (attribute != null) {
    checkName(attribute, 'orderBy.attribute')
    return { by: { attribute }, direction }
  }
  return { by: { feature: numberFeature(accumulators, OF_ITEMS, feature!, 'orderBy.feature') }, direction }
}
