import { type Drift, type DriftOfFeature, ENOUGH_SLATES } from '../slate/feature-drift.ts'
import { builder } from './builder.ts'

const DriftBin = builder.objectRef<DriftOfFeature['bins'][number]>('DriftBin').implement({
  description: 'Values of a feature from above the previous bin up to `upTo`, in training and lately.',
  fields: (t) => ({
    upTo: t.float({
      nullable: true,
      description: 'Largest value of the bin, in units of the feature. Null for the last bin, which has all larger values.',
      resolve: ({ upTo }) => upTo,
    }),
    training: t.exposeFloat('training', { description: 'Share of the rows of the training with such a value, 0 to 1.' }),
    lately: t.exposeFloat('lately', { description: 'Share of the candidates of the counted slates with such a value, 0 to 1.' }),
  }),
})

const FeatureDrift = builder.objectRef<DriftOfFeature>('FeatureDrift').implement({
  description: 'How the values of a feature differ lately from those in the training of a model.',
  fields: (t) => ({
    feature: t.exposeString('feature', { description: 'Name of the feature.' }),
    psi: t.float({
      nullable: true,
      description: `The *population stability index*: the sum over all bins, and over missing values, of (lately − training) × ln(lately / training). 0 is no difference. Below 0.1, the difference is usually harmless; above 0.25, train the model again. Null until ${ENOUGH_SLATES} slates are counted.`,
      resolve: ({ psi }) => psi,
    }),
    missingInTraining: t.float({
      description: 'Share of the rows of the training without a value, 0 to 1.',
      resolve: ({ missing }) => missing.training,
    }),
    missingLately: t.float({
      description: 'Share of the candidates of the counted slates without a value, 0 to 1.',
      resolve: ({ missing }) => missing.lately,
    }),
    bins: t.field({
      type: [DriftBin],
      description: 'The values in bins, the smallest first. In training, each bin had about a tenth of the values, or more.',
      resolve: ({ bins }) => [...bins],
    }),
  }),
})

/** How the features that a model reads have drifted from its training. */
export const ModelDrift = builder.objectRef<Drift>('ModelDrift').implement({
  description:
    'How the features that a model reads in service differ from those of its training. The process that answers counts the candidates of its own slates that the model ranks: of the first slates all, later of one in 16. The latest slates weigh most. Previews, slates of given candidates, and slates of users who have opted out do not count.',
  fields: (t) => ({
    slates: t.float({ description: 'Number of slates counted.', resolve: ({ slates }) => slates }),
    since: t.field({
      type: 'DateTime',
      description: 'When the process that answers began to count.',
      resolve: ({ since }) => new Date(since),
    }),
    features: t.field({
      type: [FeatureDrift],
      description: 'The features of the model, those that differ most first.',
      resolve: ({ features }) => [...features],
    }),
  }),
})
