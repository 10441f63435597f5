import { resolveCursorConnection } from '@pothos/plugin-relay'
import { type ScoredItem as ScoredItemModel, similarItems, trendingItems } from '../slate/item-lists.ts'
import type { Catalogue, CatalogueItem } from '../state/catalogue.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { featuresNamed } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { pageSize, pageSizes } from './limits.ts'

/** All of the attributes, or those named that exist. */
export function pick(attributes: JsonObject, names: readonly string[] | null | undefined): JsonObject {
  if (!names) return attributes
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => (Object.hasOwn(attributes, name) ? [[name, attributes[name]]] : [])),
  )
}

export function listParts({ service }: Context) {
  const { store, accumulators, domain, catalogue, clock } = service
  return { store, layout: accumulators.layout, domain, catalogue, now: clock.now() }
}

/** The item, or what stands in its place where a list outlives it: deleted since, or uploaded elsewhere and not yet known here. */
export function itemOrDeleted(catalogue: Catalogue, itemId: string): CatalogueItem {
  return catalogue.get(itemId) ?? { itemId, attributes: {}, available: false, updatedAt: Number.NaN, deleted: true, declared: {} }
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
      description: 'All of them, or those named.',
      args: { names: t.arg.stringList() },
      resolve: ({ attributes }, { names }) => pick(attributes, names),
    }),
    attribute: t.field({
      type: 'AttributeValue',
      nullable: true,
      description: 'Null where absent, or where it is a list or an object.',
      args: { name: t.arg.string({ required: true }) },
      resolve: ({ attributes }, { name }) => {
        const value = Object.hasOwn(attributes, name) ? attributes[name] : null
        return typeof value === 'object' ? null : value
      },
    }),
    available: t.exposeBoolean('available'),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ updatedAt }) => (Number.isNaN(updatedAt) ? null : new Date(updatedAt)),
    }),
    features: t.field({
      type: [FeatureValue],
      nullable: { list: true, items: false },
      args: { names: t.arg.stringList() },
      resolve: ({ itemId }, { names }, { service, itemFeatures }) =>
        itemFeatures.values(itemId, featuresNamed(service.accumulators, ['ITEM', 'ATTRIBUTE'], names)),
    }),
    feature: t.float({
      nullable: true,
      args: { name: t.arg.string({ required: true }) },
      resolve: async ({ itemId }, { name }, { service, itemFeatures }) => {
        const [{ value }] = await itemFeatures.values(itemId, featuresNamed(service.accumulators, ['ITEM', 'ATTRIBUTE'], [name]))
        return value
      },
    }),
    similar: t.field({
      type: [ScoredItem],
      args: { first: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: ({ itemId }, { first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
    }),
  }),
})

export const ScoredItem = builder.objectRef<ScoredItemModel>('ScoredItem')
ScoredItem.implement({
  fields: (t) => ({
    item: t.field({ type: Item, resolve: ({ itemId }, _, { service }) => itemOrDeleted(service.catalogue, itemId) }),
    score: t.exposeFloat('score'),
  }),
})

const ItemEdge = builder.edgeObject({ type: Item, name: 'ItemEdge' })
const ItemConnection = builder.connectionObject(
  {
    type: Item,
    name: 'ItemConnection',
    fields: (t) => ({
      totalCount: t.int({ nullable: true, resolve: (_, __, { service }) => service.catalogue.itemIds.length }),
    }),
  },
  ItemEdge,
)

builder.queryFields((t) => ({
  item: t.field({
    type: Item,
    nullable: true,
    args: { itemId: t.arg.id({ required: true }) },
    resolve: (_, { itemId }, { service }) => service.catalogue.get(itemId),
  }),
  items: t.connection(
    {
      type: Item,
      nullable: true,
      description: 'In order of itemId.',
      resolve: (_, args, { service: { catalogue } }) =>
        resolveCursorConnection<CatalogueItem[]>(
          {
            args: pageSizes(args),
            defaultSize: 20,
            maxSize: 500,
            toCursor: (item: CatalogueItem) => Buffer.from(item.itemId).toString('base64url'),
          },
          ({ before, after, limit, inverted }) => {
            const ids = catalogue.itemIds
            const from = after === undefined ? 0 : firstAfter(ids, Buffer.from(after, 'base64url').toString())
            const to = before === undefined ? ids.length : firstFrom(ids, Buffer.from(before, 'base64url').toString())
            const page = inverted
              ? ids.slice(Math.max(from, to - limit), to).reverse()
              : ids.slice(from, Math.min(to, from + limit))
            return page.map((itemId) => catalogue.get(itemId)!)
          },
        ),
    },
    ItemConnection,
    ItemEdge,
  ),
  similarItems: t.field({
    type: [ScoredItem],
    nullable: { list: true, items: false },
    args: { itemId: t.arg.id({ required: true }), first: t.arg.int({ required: true, defaultValue: 10 }) },
    resolve: (_, { itemId, first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
  }),
  trending: t.field({
    type: [ScoredItem],
    nullable: { list: true, items: false },
    args: { first: t.arg.int({ required: true, defaultValue: 10 }), surface: t.arg.string() },
    resolve: (_, { first, surface }, context) => trendingItems(listParts(context), surface ?? undefined, pageSize(first)),
  }),
}))

/** Index of the first id at or behind `id`. */
function firstFrom(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle] < id) low = middle + 1
    else high = middle
  }
  return low
}

function firstAfter(ids: readonly string[], id: string): number {
  const at = firstFrom(ids, id)
  return ids[at] === id ? at + 1 : at
}
