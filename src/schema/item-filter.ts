import type { Principal } from '../auth/principal.ts'
import { ForbiddenError } from '../errors.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { compileAlone } from '../rules/filter-binder.ts'
import { checkFilter, type ItemFilterInput as ItemFilterModel, refuseRelation } from '../rules/item-filter.ts'
import { numberFeature, OF_ITEMS } from '../rules/rule-features.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'

export const AttributeCondition = builder.inputType('AttributeCondition', {
  description:
    'A condition on an attribute of an item or user, such as a price below 20. If you pass several comparisons, all must hold. If the value of the attribute is a list, `eq` and `in` hold if they hold for one element. An item or user without the attribute meets only the condition `exists: false`.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the attribute, such as brand.' }),
    eq: t.field({ type: 'AttributeValue', description: 'The attribute must equal this value, and have the same type.' }),
    in: t.field({
      type: ['AttributeValue'],
      description: 'The attribute must equal one of these values, and have the same type.',
    }),
    gt: t.float({ description: 'The value is a number greater than this.' }),
    gte: t.float({ description: 'The value is a number of at least this.' }),
    lt: t.float({ description: 'The value is a number less than this.' }),
    lte: t.float({ description: 'The value is a number of at most this.' }),
    equalsUser: t.string({
      description:
        'Name of an attribute of the user for whom the slate is, such as city. The item must have the same value, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field.',
    }),
    inUser: t.stringList({
      description:
        'Names of attributes of the user, 1 to 10, such as city and birthplace. The item must have a value of one of them, in the sense of `equalsUser`. Only rules of slates may use this field.',
    }),
    equalsAnchor: t.string({
      description:
        'Name of an attribute of the items on screen (`anchorItemIds` of the request), such as brand. The item must have the same value as one of them, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field.',
    }),
    withinShareOfAnchor: t.float({
      description:
        'A share from 0 to 10, such as 0.2. The value must be a number near that of an item on screen for the same attribute: it may differ by at most this share of the number on screen. With 0.2 and a price of 100 on screen, prices from 80 to 120 match. Only rules of slates may use this field.',
    }),
    exists: t.boolean({
      description: 'With true, the item or user must have the attribute. With false, the item or user must not have it.',
    }),
  }),
})

export const FeatureCondition = builder.inputType('FeatureCondition', {
  description:
    'A condition on a feature of the item or user, such as a click rate above 0.1. All given comparisons must hold. In the filter of `RulesInput`, the feature may also be about the user and the item, such as how often the user viewed the item. It may also be about the user or the context of the request alone.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Name of the feature, such as item_ctr_7d. The feature must consist of a single number.',
    }),
    gt: t.float({ description: 'The value is a number greater than this.' }),
    gte: t.float({ description: 'The value is a number of at least this.' }),
    lt: t.float({ description: 'The value is a number less than this.' }),
    lte: t.float({ description: 'The value is a number of at most this.' }),
    exists: t.boolean({
      description: 'With true, the feature must have a value for the item or user. With false, its value must be null.',
    }),
  }),
})

export const ItemFilter = builder.inputRef<ItemFilterModel>('ItemFilter')
ItemFilter.implement({
  description: 'Selects items. Pass exactly one field. To join several filters, use `and`. `and: []` selects every item.',
  isOneOf: true,
  fields: (t) => ({
    and: t.field({ type: [ItemFilter], description: 'All of these filters select the item.' }),
    or: t.field({ type: [ItemFilter], description: 'At least one of these filters selects the item.' }),
    not: t.field({ type: ItemFilter, description: 'This filter does not select the item.' }),
    attribute: t.field({ type: AttributeCondition, description: 'An attribute of the item meets this condition.' }),
    feature: t.field({
      type: FeatureCondition,
      description: 'A feature, such as the click rate of the item, meets this condition.',
    }),
    user: t.field({
      type: AttributeCondition,
      description:
        'A condition for an uploaded attribute of the user who gets the slate. If the attribute meets this condition, the filter selects every item. If not, it selects no item. Only rules of slates may use this field.',
    }),
  }),
})

/**
 * Lets no device filter by a feature: by which items match, it would find out figures of the shop that it may not read.
 * @throws ForbiddenError with the path of the condition
 */
export function mayFilterBy(principal: Principal, path: string): void {
  if (principal.role === 'device')
    throw new ForbiddenError(`${path}: a device may not filter by features. Use a condition on attributes, or standing rules.`)
}

/**
 * Lets no device compare items with attributes of the user: by which items match, it would find out attributes that it may not read.
 * @throws ForbiddenError with the path of the comparison
 */
export function mayCompareWith(principal: Principal, to: 'user' | 'anchor', path: string): void {
  if (principal.role === 'device' && to === 'user')
    throw new ForbiddenError(`${path}: a device may not use attributes of the user in rules. Use standing rules.`)
}

/**
 * Compiles an item filter of a client.
 * @throws LiverankError BAD_USER_INPUT with the path of the invalid part
 * @throws ForbiddenError if a condition tests a feature, and the caller is a device
 */
export function itemFilter(
  input: ItemFilterModel | null | undefined,
  { service: { accumulators }, principal }: Pick<Context, 'service' | 'principal'>,
): CompiledFilter | undefined {
  if (!input) return undefined
  const checkFeature = (name: string, at: string) => {
    mayFilterBy(principal, at)
    numberFeature(accumulators, OF_ITEMS, name, at)
  }
  const filter = checkFilter(input, { path: 'filter', checkFeature, checkRelation: refuseRelation })
  return compileAlone(filter)
}
