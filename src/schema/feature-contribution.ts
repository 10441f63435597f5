import type { FeatureContribution as FeatureContributionModel } from '../slate/seen-vectors.ts'
import { builder } from './builder.ts'

export const FeatureContribution = builder.objectRef<FeatureContributionModel>('FeatureContribution').implement({
  description: 'What one feature added to the score of an item.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature.' }),
    value: t.float({
      nullable: true,
      description: 'The value that the model saw; null if missing.',
      resolve: ({ value }) => (Number.isFinite(value) ? value : null),
    }),
    contribution: t.exposeFloat('contribution', {
      description: 'What the feature added to the score, in units of the score; negative if it lowered the score.',
    }),
  }),
})
