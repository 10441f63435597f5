import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { numberFeature, OF_CANDIDATES } from '../rules/rule-features.ts'
import { checkRules, type Rules, type RulesCheck } from '../rules/rules.ts'
import { builder } from './builder.ts'
import { ItemFilter } from './item-filter.ts'

const BoostInput = builder.inputType('BoostInput', {
  fields: (t) => ({
    filter: t.field({ type: ItemFilter, required: true }),
    factor: t.float({ required: true, description: 'Multiplies the score; below 1 buries.' }),
  }),
})

const PinInput = builder.inputType('PinInput', {
  fields: (t) => ({ itemId: t.id({ required: true }), position: t.int({ required: true, description: '1 is the top.' }) }),
})

const LimitPerInput = builder.inputType('LimitPerInput', {
  fields: (t) => ({ attribute: t.string({ required: true }), limit: t.int({ required: true }) }),
})

export const RulesInput = builder.inputType('RulesInput', {
  description: 'What is absent or null is left to the service.',
  fields: (t) => ({
    exclude: t.idList(),
    filter: t.field({ type: ItemFilter }),
    boost: t.field({ type: [BoostInput] }),
    pin: t.field({ type: [PinInput] }),
    limitPer: t.field({
      type: [LimitPerInput],
      description: 'At most so many items per value of an attribute, such as 2 per brand.',
    }),
    diversity: t.float({ description: '0 ranks by relevance alone, 1 by difference from what is above.' }),
    excludeSeen: t.boolean(),
    excludePurchased: t.boolean(),
  }),
})

/** @throws LiverankError BAD_USER_INPUT naming the path of what cannot be meant */
export function rulesOf(
  input: typeof RulesInput.$inferInput,
  { prefix, last }: Pick<RulesCheck, 'prefix' | 'last'>,
  accumulators: AccumulatorSet,
): Rules {
  const checkFeature = (name: string, path: string) => void numberFeature(accumulators, OF_CANDIDATES, name, path)
  return checkRules(input, { prefix, last, checkFeature })
}
