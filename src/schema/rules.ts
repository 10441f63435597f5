import { numberFeature, OF_CANDIDATES } from '../rules/rule-features.ts'
import { checkRules, type Rules, type RulesCheck } from '../rules/rules.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ItemFilter, mayFilterBy } from './item-filter.ts'

const BoostInput = builder.inputType('BoostInput', {
  description: 'Raises or lowers the scores of some items.',
  fields: (t) => ({
    filter: t.field({ type: ItemFilter, required: true, description: 'The items whose scores change.' }),
    factor: t.float({
      required: true,
      description: 'Multiplies the score of each item that matches the filter, 0 to 1,000; a factor below 1 lowers the score.',
    }),
  }),
})

const PinInput = builder.inputType('PinInput', {
  description: 'Puts an item at a fixed position, whatever its score.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'The item to pin. Pin each item only once.' }),
    position: t.int({
      required: true,
      description: 'Position in the slate: 1 is the top. At most `first` in a request, and 100 in standing rules.',
    }),
  }),
})

const LimitPerInput = builder.inputType('LimitPerInput', {
  description: 'At most `limit` items of a slate have the same value of the attribute.',
  fields: (t) => ({
    attribute: t.string({
      required: true,
      description: 'Attribute of the items, such as brand. If its value is a list, each element counts.',
    }),
    limit: t.int({ required: true, description: 'Largest number of items with one value, 1 to 1,000.' }),
  }),
})

export const RulesInput = builder.inputType('RulesInput', {
  description: 'Rules for a slate. In a request, the standing rules supply each part that is absent or null.',
  fields: (t) => ({
    exclude: t.idList({ description: 'Items that must not appear; at most 10,000.' }),
    filter: t.field({ type: ItemFilter, description: 'Only items that match may appear.' }),
    boost: t.field({ type: [BoostInput], description: 'Up to 50 changes of scores. If several match an item, all apply.' }),
    pin: t.field({ type: [PinInput], description: 'Items at fixed positions. Use each position only once.' }),
    limitPer: t.field({
      type: [LimitPerInput],
      description: 'Largest numbers of items with one value of an attribute, such as 2 of each brand. At most 10 entries.',
    }),
    diversity: t.float({
      description: 'Strength of diversity, 0 to 1: 0 ranks by score alone, 1 by difference from the items above.',
    }),
    excludeSeen: t.boolean({ description: 'True: items that the user acted on do not appear.' }),
    excludePurchased: t.boolean({ description: 'True: items that the user bought do not appear.' }),
  }),
})

/**
 * Checks rules of a client.
 * @throws LiverankError BAD_USER_INPUT with the path of the invalid value
 * @throws ForbiddenError if a condition tests a feature, and the caller is a device
 */
export function rulesOf(
  input: typeof RulesInput.$inferInput,
  { prefix, last }: Pick<RulesCheck, 'prefix' | 'last'>,
  { service: { accumulators }, principal }: Pick<Context, 'service' | 'principal'>,
): Rules {
  const checkFeature = (name: string, path: string) => {
    mayFilterBy(principal, path)
    numberFeature(accumulators, OF_CANDIDATES, name, path)
  }
  return checkRules(input, { prefix, last, checkFeature })
}
