import type { FeatureShare } from '../accumulators/accumulator.ts'
import type { NamedValue } from '../analysis/feature-values.ts'
import { builder } from './builder.ts'

const FeatureShareType = builder.objectRef<FeatureShare>('FeatureShare').implement({
  description:
    'One number of a feature that consists of several numbers. For example, `user_category_share` has one number for each category.',
  fields: (t) => ({
    key: t.exposeString('key', {
      description:
        'The attribute value to which the number belongs, such as the category shoes. For the feature `user_events_by_type`, it is an event type, such as view.',
    }),
    value: t.exposeFloat('value', {
      description:
        'The number. In most features, it is a share: for example, 0.4 for the category shoes means 40 % of the activity of the user. In the feature `user_events_by_type`, it is a number of events.',
    }),
  }),
})

export const FeatureValue = builder.objectRef<NamedValue>('FeatureValue').implement({
  description: 'A feature with its value.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description:
        'The value, in the unit of the feature. Null if there is no data yet. Also null if the feature has several numbers: they are in `breakdown`.',
    }),
    breakdown: t.field({
      type: [FeatureShareType],
      // Few features have one: on average less than an entry each.
      complexity: { field: 1, multiplier: 1 },
      nullable: { list: true, items: false },
      description:
        'The numbers of a feature with several numbers, such as `user_category_share`: one number for each key (such as each category), at most 32, largest first. Null for a feature with one number.',
      resolve: ({ breakdown }) => breakdown,
    }),
  }),
})
