import type { FeatureShare } from '../accumulators/accumulator.ts'
import type { NamedValue } from '../analysis/feature-values.ts'
import { builder } from './builder.ts'

const FeatureShareType = builder.objectRef<FeatureShare>('FeatureShare').implement({
  fields: (t) => ({ key: t.exposeString('key'), value: t.exposeFloat('value') }),
})

export const FeatureValue = builder.objectRef<NamedValue>('FeatureValue').implement({
  description: 'A name that no accumulator defines is refused with BAD_USER_INPUT, so null always means: nothing to go on yet.',
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.exposeFloat('value', { nullable: true, description: 'Null where missing, and for a feature that is a breakdown.' }),
    breakdown: t.field({
      type: [FeatureShareType],
      // Few features have one: on average less than an entry each.
      complexity: { field: 1, multiplier: 1 },
      nullable: { list: true, items: false },
      description: 'Of a feature kept per attribute value, such as user_category_share: largest first. Null for all others.',
      resolve: ({ breakdown }) => breakdown,
    }),
  }),
})
