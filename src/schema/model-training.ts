import type { TrainingReport } from '../ranking/training-report.ts'
import { builder } from './builder.ts'

const CalibrationBin = builder.objectRef<TrainingReport['calibration']['bins'][number]>('CalibrationBin').implement({
  description:
    'A tenth of the rows of the test, those with similar predictions. A row is an item that the service could have shown at a certain moment. If the model is calibrated, `predicted` is about `observed`.',
  fields: (t) => ({
    rows: t.exposeInt('rows', { description: 'Number of rows.' }),
    predicted: t.exposeFloat('predicted', { description: 'Mean of the probabilities that the model predicted, 0 to 1.' }),
    observed: t.exposeFloat('observed', {
      description: 'Share of the rows whose item the user clicked or acted on next, 0 to 1.',
    }),
  }),
})

interface Importance {
  readonly feature: string
  readonly gain: number
}

const FeatureImportance = builder.objectRef<Importance>('FeatureImportance').implement({
  description: 'How much a model relies on a feature.',
  fields: (t) => ({
    feature: t.exposeString('feature', { description: 'Name of the feature.' }),
    gain: t.exposeFloat('gain', {
      description:
        'Share of this feature in all that the splits of the trees have improved in training, 0 to 1. The shares of all features add up to 1.',
    }),
  }),
})

/** What the training found out about a model. */
export const ModelTraining = builder.objectRef<TrainingReport>('ModelTraining').implement({
  description: 'What the training found out about a model. It is in the file `metrics.json` in the folder of the model.',
  fields: (t) => ({
    calibration: t.field({
      type: [CalibrationBin],
      description:
        'How well the predicted probabilities fit what users did, in ten groups of the test, from the lowest predictions to the highest.',
      resolve: ({ calibration }) => calibration.bins,
    }),
    importance: t.field({
      type: [FeatureImportance],
      description:
        'How much the model relies on each of its features, the largest share first. Empty if the model was not trained by `liverank train`.',
      resolve: ({ gain }) =>
        Object.entries(gain)
          .map(([feature, share]) => ({ feature, gain: share }))
          .sort((left, right) => right.gain - left.gain),
    }),
  }),
})
