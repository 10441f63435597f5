import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { type CompiledFilter, compileFilter } from '../rules/compiled-filter.ts'
import { checkFilter, type ItemFilterInput as ItemFilterModel } from '../rules/item-filter.ts'
import { numberFeature, OF_ITEMS } from '../rules/rule-features.ts'
import { builder } from './builder.ts'

export const AttributeCondition = builder.inputType('AttributeCondition', {
  description:
    'A condition on an attribute of the item or user. All given comparisons must hold. For a list, eq and in match if one element does. A missing attribute fails every comparison except exists: false.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the attribute, such as brand.' }),
    eq: t.field({ type: 'AttributeValue', description: 'The value equals this, and has the same type.' }),
    in: t.field({ type: ['AttributeValue'], description: 'The value equals one of these.' }),
    gt: t.float({ description: 'The value is a number greater than this.' }),
    gte: t.float({ description: 'The value is a number of at least this.' }),
    lt: t.float({ description: 'The value is a number less than this.' }),
    lte: t.float({ description: 'The value is a number of at most this.' }),
    exists: t.boolean({ description: 'True: there is a value. False: there is none.' }),
  }),
})

export const FeatureCondition = builder.inputType('FeatureCondition', {
  description:
    'A condition on a feature of the item or user. In the filter of RulesInput, also on a feature of the user together with the item.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the feature, such as item_ctr_7d. It must have a single number.' }),
    gt: t.float({ description: 'The value is a number greater than this.' }),
    gte: t.float({ description: 'The value is a number of at least this.' }),
    lt: t.float({ description: 'The value is a number less than this.' }),
    lte: t.float({ description: 'The value is a number of at most this.' }),
    exists: t.boolean({ description: 'True: there is a value. False: there is none.' }),
  }),
})

export const ItemFilter = builder.inputRef<ItemFilterModel>('ItemFilter')
ItemFilter.implement({
  description: 'Selects items. Pass exactly one part; `and` joins several filters. `and: []` selects every item.',
  isOneOf: true,
  fields: (t) => ({
    and: t.field({ type: [ItemFilter], description: 'All of these filters select the item.' }),
    or: t.field({ type: [ItemFilter], description: 'At least one of these filters selects the item.' }),
    not: t.field({ type: ItemFilter, description: 'This filter does not select the item.' }),
    attribute: t.field({ type: AttributeCondition, description: 'An attribute of the item meets this condition.' }),
    feature: t.field({ type: FeatureCondition, description: 'A feature meets this condition.' }),
  }),
})

/** Compiles an item filter of a client. @throws LiverankError BAD_USER_INPUT with the path of the invalid part */
export function itemFilter(input: ItemFilterModel | null | undefined, accumulators: AccumulatorSet): CompiledFilter | undefined {
  if (!input) return undefined
  const checkFeature = (name: string, at: string) => void numberFeature(accumulators, OF_ITEMS, name, at)
  return compileFilter(checkFilter(input, { path: 'filter', checkFeature }))
}
