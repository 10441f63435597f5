import type { FeatureShare } from '../accumulators/accumulator.ts'
import type { NamedValue } from '../analysis/feature-values.ts'
import { builder } from './builder.ts'

const FeatureShareType = builder.objectRef<FeatureShare>('FeatureShare').implement({
  fields: (t) => ({ key: t.exposeString('key'), value: t.exposeFloat('value') }),
})

export const FeatureValue = builder.objectRef<NamedValue>('FeatureValue').implement({
  description:
    'A value of a feature. An unknown name is refused with BAD_USER_INPUT, so null always means that there is no data yet.',
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.exposeFloat('value', { nullable: true, description: 'Null if missing, and for a breakdown.' }),
    breakdown: t.field({
      type: [FeatureShareType],
      // Few features have one: on average less than an entry each.
      complexity: { field: 1, multiplier: 1 },
      nullable: { list: true, items: false },
      description:
        'Shares by attribute value, largest first, of a feature such as user_category_share. Null for all other features.',
      resolve: ({ breakdown }) => breakdown,
    }),
  }),
})
