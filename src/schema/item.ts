import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { COMPARED } from '../catalogue/item-vectors.ts'
import { attributeOf } from '../rules/attribute-values.ts'
import { MOST_READ } from '../rules/matching-items.ts'
import type { Service } from '../service/service.ts'
import {
  type ScoredItem as ScoredItemModel,
  type SimilarItem,
  similarItems,
  trendingItems,
} from '../slate/trending-and-similar-items.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { featureCount, featuresNamed } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { ItemFilter, itemFilter } from './item-filter.ts'
import { pageSize } from './pages.ts'
import { filterCost } from './slate-cost.ts'

/** Most names of attributes that a field takes. */
const MAX_NAMES = 200
/** Names that are looked up in the time of a point. */
const NAMES_A_POINT = 10

/** Returns the complexity of a field that picks attributes by name. */
export function pickCost({ names }: { readonly names?: readonly string[] | null | undefined }): number {
  return 1 + (names?.length ?? 0) / NAMES_A_POINT
}

/**
 * Returns the named attributes that exist; all attributes without names.
 * @throws LiverankError BAD_USER_INPUT if there are too many names
 */
export function pick(attributes: JsonObject, names: readonly string[] | null | undefined): JsonObject {
  if (!names) return attributes
  atMost('names', names, MAX_NAMES)
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => (Object.hasOwn(attributes, name) ? [[name, attributes[name]]] : [])),
  )
}

/** Returns the value of an attribute; null if there is none, or if it is a list or an object. */
function plainValue(attributes: JsonObject, name: string): string | number | boolean | null {
  const value = attributeOf(attributes, name)
  return typeof value === 'object' ? null : value
}

/** Returns the parts of the service from which lists of items are made, and the current time in ms since 1970. */
export function listParts({ service }: Context) {
  const { store, accumulators, domain, catalogue, clock } = service
  return { store, accumulators, domain, catalogue, now: clock.now() }
}

/**
 * Returns an item of the catalogue, or a placeholder if a list outlives the item: it was deleted, or this process does not know it
 * yet.
 */
export function itemOrDeleted(catalogue: Catalogue, itemId: string): CatalogueItem {
  const unknown = {
    attributes: {},
    available: false,
    updatedAt: Number.NaN,
    addedAt: Number.NaN,
    deleted: true,
    declared: {},
  }
  return catalogue.get(itemId) ?? { itemId, ...unknown }
}

/** Kinds of features of an item. */
export const OF_ITEM = ['ITEM', 'ATTRIBUTE'] as const

/**
 * Returns the cost of a walk through the catalogue. The walk gives other requests their turn, so a large catalogue does not count
 * in full.
 */
export function walkCost({ catalogue }: Service): number {
  return Math.min(20_000, 500 + catalogue.size / 2)
}

/** Cost of a list of similar items. A comparison of vectors has a part for each of their numbers, and one for each item. */
function similarCost({ catalogue: { vectors } }: Service): number {
  const { size, dimensions = 0 } = vectors
  return 400 + (Math.min(size, COMPARED) * dimensions) / 250 + size / 80
}

const SIMILAR =
  'First come items on which the same users act within a short time, the most similar first. If they are fewer than `first`, items with a similar vector follow, the most similar first. The vector is the item attribute that the key `embedding` of the domain names. `ScoredItem.similarBy` says which of both an item is. The list has no unavailable items.'

export const Item = builder.objectRef<CatalogueItem>('Item')

builder.node(Item, {
  description: 'An item of the catalogue.',
  id: { resolve: ({ itemId }) => itemId },
  isTypeOf: (item) => typeof item === 'object' && item !== null && 'declared' in item,
  loadOne: (itemId, { service }) => service.catalogue.get(itemId),
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'The id under which the item was uploaded.' }),
    attributes: t.field({
      type: 'JSONObject',
      description: 'Uploaded attributes of the item: all, or the named ones. Empty for a deleted item.',
      args: { names: t.arg.stringList({ description: 'Names of attributes, at most 200. If absent, all attributes.' }) },
      complexity: pickCost,
      resolve: ({ attributes }, { names }) => pick(attributes, names),
    }),
    attribute: t.field({
      type: 'AttributeValue',
      nullable: true,
      description:
        'Value of one attribute. Null if the item does not have the attribute, or if the value is a list or an object. `attributes` also returns lists and objects.',
      args: { name: t.arg.string({ required: true, description: 'Name of the attribute.' }) },
      resolve: ({ attributes }, { name }) => plainValue(attributes, name),
    }),
    available: t.exposeBoolean('available', {
      description: 'Whether the item may be recommended. False if it was uploaded with `available: false`.',
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the item was last uploaded. Null for a deleted item.',
      resolve: ({ updatedAt }) => (Number.isNaN(updatedAt) ? null : new Date(updatedAt)),
    }),
    features: t.field({
      type: [FeatureValue],
      nullable: { list: true, items: false },
      description: 'Present values of features of the item: of all features, or of the named ones.',
      args: { names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }) },
      complexity: ({ names }, { service }) => ({ field: 5, multiplier: featureCount(service.accumulators, OF_ITEM, names) }),
      resolve: ({ itemId }, { names }, { service, itemFeatures }) =>
        itemFeatures.values(itemId, featuresNamed(service.accumulators, OF_ITEM, names)),
    }),
    feature: t.float({
      nullable: true,
      description: 'Present value of one feature. Null if there is no data yet.',
      args: {
        name: t.arg.string({
          required: true,
          description:
            'Name of a feature of items (entity `ITEM`), or of attribute values (entity `ATTRIBUTE`). For example, a feature of the brand then describes the brand of this item.',
        }),
      },
      complexity: 5,
      resolve: async ({ itemId }, { name }, { service, itemFeatures }) => {
        const [{ value }] = await itemFeatures.values(itemId, featuresNamed(service.accumulators, OF_ITEM, [name]))
        return value
      },
    }),
    similar: t.field({
      type: [ScoredItem],
      description: `Items that are similar to this item. ${SIMILAR}`,
      args: { first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of items to return, 0 to 500.' }) },
      complexity: ({ first }, { service }) => ({ field: similarCost(service), multiplier: first }),
      resolve: ({ itemId }, { first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
    }),
  }),
})

const SimilarityKind = builder.enumType('SimilarityKind', {
  description: 'How the service found that an item is similar to another.',
  values: {
    BEHAVIOUR: { description: 'The same users act on both items within a short time.' },
    VECTOR: {
      description: 'The uploaded vectors of both items (lists of numbers that describe them) are similar. Events do not count.',
    },
  } as const,
})

export const ScoredItem = builder.objectRef<ScoredItemModel | SimilarItem>('ScoredItem')
ScoredItem.implement({
  description: 'An item of a list of similar or trending items, with its score.',
  fields: (t) => ({
    item: t.field({
      type: Item,
      description: 'The item.',
      resolve: ({ itemId }, _, { service }) => itemOrDeleted(service.catalogue, itemId),
    }),
    score: t.exposeFloat('score', {
      nullable: true,
      description:
        'In a list of similar items, how similar the item is. For `similarBy: VECTOR`, it is the cosine of the two vectors, above 0 and at most 1. In a trending list, how much recent activity the item has. Each event adds the weight of its event type, and this sum halves every day. Compare scores only within one list, and only of items with the same `similarBy`. Devices (apps of one user) may not read it in a trending list.',
    }),
    similarBy: t.field({
      type: SimilarityKind,
      nullable: true,
      description: 'In a list of similar items, how the service found that the item is similar. Null in a trending list.',
      resolve: (item) => ('similarBy' in item ? item.similarBy : null),
    }),
  }),
})

builder.queryFields((t) => ({
  item: t.field({
    description: 'An item of the catalogue. Null if it is unknown.',
    type: Item,
    nullable: true,
    args: { itemId: t.arg.id({ required: true, description: 'Id of the item.' }) },
    resolve: (_, { itemId }, { service }) => service.catalogue.get(itemId),
  }),
  similarItems: t.field({
    description: `Items that are similar to the item \`itemId\`. ${SIMILAR}`,
    type: [ScoredItem],
    nullable: { list: true, items: false },
    args: {
      itemId: t.arg.id({ required: true, description: 'Id of the item.' }),
      first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of items to return, 0 to 500.' }),
    },
    complexity: ({ first }, { service }) => ({ field: similarCost(service), multiplier: first }),
    resolve: (_, { itemId, first }, context) => similarItems(listParts(context), itemId, pageSize(first)),
  }),
  trending: t.field({
    type: [ScoredItem],
    nullable: { list: true, items: false },
    description:
      'Items on which many users act now, on one surface (a place where slates appear) or in the whole shop. If `filter` selects fewer such items than `first`, the newest items that it selects fill the list, with the score 0.',
    args: {
      first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of items to return, 0 to 500.' }),
      surface: t.arg.string({ description: 'Only events on this surface count. If absent, all events.' }),
      filter: t.arg({ type: ItemFilter, description: 'Only items that this filter selects. If absent, all items.' }),
    },
    complexity: ({ first, filter }, { service }) => ({
      field: filter ? walkCost(service) + filterCost(filter, { ...service, mostTested: MOST_READ }) : 1000,
      multiplier: first,
    }),
    resolve: (_, { first, surface, filter }, context) => {
      const compiled = itemFilter(filter, context)
      return trendingItems(listParts(context), surface ?? undefined, pageSize(first), compiled)
    },
  }),
}))
