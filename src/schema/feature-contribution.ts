import type { FeatureContribution as FeatureContributionModel } from '../slate/seen-vectors.ts'
import { builder } from './builder.ts'

export const FeatureContribution = builder.objectRef<FeatureContributionModel>('FeatureContribution').implement({
  description: 'What one feature added to the score of an item.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature.' }),
    value: t.float({
      nullable: true,
      description: 'The value of the feature that the model read. Null if the value was missing.',
      resolve: ({ value }) => (Number.isFinite(value) ? value : null),
    }),
    contribution: t.exposeFloat('contribution', {
      description: 'What the feature added to the `score` of the `Recommendation`. Negative if the feature lowered the score.',
    }),
  }),
})
