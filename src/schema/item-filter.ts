import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { type CompiledFilter, compileFilter } from '../rules/compiled-filter.ts'
import { checkFilter, type ItemFilterInput as ItemFilterModel } from '../rules/item-filter.ts'
import { numberFeature, OF_ITEMS } from '../rules/rule-features.ts'
import { builder } from './builder.ts'

const AttributeCondition = builder.inputType('AttributeCondition', {
  description:
    'A condition on an attribute of the item. All given comparisons must hold. For a list, eq and in match if one element does. A missing attribute fails every comparison except exists: false.',
  fields: (t) => ({
    name: t.string({ required: true }),
    eq: t.field({ type: 'AttributeValue' }),
    in: t.field({ type: ['AttributeValue'] }),
    gt: t.float(),
    gte: t.float(),
    lt: t.float(),
    lte: t.float(),
    exists: t.boolean(),
  }),
})

const FeatureCondition = builder.inputType('FeatureCondition', {
  description:
    'A condition on a feature of the item. In the filter of RulesInput, also on a feature of the user together with the item.',
  fields: (t) => ({
    name: t.string({ required: true }),
    gt: t.float(),
    gte: t.float(),
    lt: t.float(),
    lte: t.float(),
    exists: t.boolean(),
  }),
})

export const ItemFilter = builder.inputRef<ItemFilterModel>('ItemFilter')
ItemFilter.implement({
  description: 'Selects items. All given parts must hold. An empty filter selects every item.',
  fields: (t) => ({
    and: t.field({ type: [ItemFilter] }),
    or: t.field({ type: [ItemFilter] }),
    not: t.field({ type: ItemFilter }),
    attribute: t.field({ type: AttributeCondition }),
    feature: t.field({ type: FeatureCondition }),
  }),
})

/** Compiles an item filter of a client. @throws LiverankError BAD_USER_INPUT with the path of the invalid part */
export function itemFilter(input: ItemFilterModel | null | undefined, accumulators: AccumulatorSet): CompiledFilter | undefined {
  if (!input) return undefined
  const checkFeature = (name: string, at: string) => void numberFeature(accumulators, OF_ITEMS, name, at)
  return compileFilter(checkFilter(input, { path: 'filter', checkFeature }))
}
