import type { AuditAction } from '../auth/audit-entry.ts'
import type { ChangedModel, ModelChanges } from '../events/model-changes.ts'
import { type ModelOnRecord, trafficOf } from '../ranking/model-record.ts'
import type { TrainingReport } from '../ranking/training-report.ts'
import { type Drift, type DriftOfFeature, ENOUGH_SLATES, type ShadowFigures } from '../slate/model-observation.ts'
import { within } from './argument-checks.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ErrorInterface, type ErrorModel, NotFound, orError, resultType } from './error.ts'
import { pageOf } from './pages.ts'

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
const ModelTraining = builder.objectRef<TrainingReport>('ModelTraining').implement({
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
const ModelDrift = builder.objectRef<Drift>('ModelDrift').implement({
  description:
    'How the features that a model reads in service differ from those of its training. The process that answers counts the candidates of its own slates that the model ranks: of the first slates all, later of one in 16. The latest slates weigh most. Previews, slates of given candidates, and slates of users who have opted out do not count.',
  fields: (t) => ({
    slates: t.int({ description: 'Number of slates counted.', resolve: ({ slates }) => slates }),
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

const ModelStatus = builder.enumType('ModelStatus', {
  description: 'What the service does with a model.',
  values: {
    REGISTERED: { description: 'The service has read and checked the model, but does not use it.' },
    SHADOW: {
      description: 'The model also ranks the items of slates, but only for comparison: users see the ranking of another model.',
    },
    ACTIVE: { description: 'The model ranks the slates of its share of the users.' },
    RETIRED: {
      description: 'An operator has put the model out of use. The service does not use it until it is registered again.',
    },
  } as const,
})

/** Largest number that an Int can hold. */
const MAX_INT = 2 ** 31 - 1

const ShadowComparison = builder.objectRef<ShadowFigures>('ShadowComparison').implement({
  description:
    'How a model with the status `SHADOW` would have ranked the slates that users got. The service lets this model rank the same candidates, but users do not see the result. Each process of the service compares only the slates that it makes, so these figures are about the process that answers.',
  fields: (t) => ({
    slates: t.int({
      description: 'Number of slates that the process that answers has compared, at most 2,147,483,647.',
      resolve: ({ slates }) => Math.min(slates, MAX_INT),
    }),
    overlapAt10: t.exposeFloat('overlapAt10', {
      description:
        'Share of the first ten items of a slate that this model would also have put among the first ten, from 0 to 1. It is the mean over the compared slates.',
    }),
    rankCorrelation: t.float({
      nullable: true,
      description:
        "How well this model's order of all candidates (possible items of the slate) agrees with the order that the service used, as Spearman correlation. 1 is the same order, 0 is no relation, and -1 is the reverse order. It is the mean over the compared slates. Null if there is no such slate, because all candidates of each slate had the same score.",
      resolve: ({ rankCorrelation }) => rankCorrelation,
    }),
    since: t.field({
      type: 'DateTime',
      description: 'When the process that answers began to compare slates.',
      resolve: ({ since }) => new Date(since),
    }),
  }),
})

const Model = builder.objectRef<ModelOnRecord>('Model')

builder.node(Model, {
  description: 'A model that ranks items.',
  id: { resolve: ({ name }) => name },
  isTypeOf: (model) => typeof model === 'object' && model !== null && 'standing' in model,
  loadOne: (name, { service }) => service.models.record.models.find((model) => model.name === name) ?? null,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the model.' }),
    isUploaded: t.boolean({
      description: 'True if the file of the model was uploaded into the store, false if it is in a folder.',
      resolve: ({ files }) => files !== undefined,
    }),
    status: t.field({
      type: ModelStatus,
      description: 'What the service does with the model.',
      resolve: ({ standing }) => standing.status,
    }),
    traffic: t.float({
      description: 'Share of all users for whom this model ranks, 0 to 1. It is 0 for a model that does not rank.',
      resolve: ({ name }, _, { service }) => trafficOf(service.models.record).get(name) ?? 0,
    }),
    features: t.stringList({
      description: 'Names of the features that the model reads, in the order of its input.',
      resolve: ({ features }) => features,
    }),
    trainedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the model was trained. Null if its file does not say.',
      resolve: ({ trainedAt }) => (trainedAt === null ? null : new Date(trainedAt)),
    }),
    metrics: t.field({
      type: 'JSONObject',
      description:
        'Measures of ranking quality that the training wrote into the model file, such as `ndcg10` (NDCG@10) and `mrr20` (MRR@20). Each is from 0 to 1, where 1 is best.',
      resolve: ({ metrics }) => metrics,
    }),
    training: t.field({
      type: ModelTraining,
      nullable: true,
      complexity: 100,
      description:
        'What the training found out about the model, beyond `metrics`. Null if the files of the model are gone, or have no `metrics.json` that `liverank train` wrote.',
      resolve: (model, _, { service }) => service.modelFiles.trainingOf(model),
    }),
    drift: t.field({
      type: ModelDrift,
      nullable: true,
      complexity: 100,
      description:
        'How the features that the model reads in service differ from those of its training. Null if the model is not active in the process that answers. Null also if its training did not write the distributions of its features: that of the model that comes with Liverank did not.',
      resolve: ({ name }, _, { service }) => service.drift.driftOf(name),
    }),
    unexplained: t.string({
      nullable: true,
      description:
        'Why the service cannot explain the scores of this model, so that `Recommendation.contributions` is null. Null if it can explain them, or if the process that answers has not loaded the model.',
      resolve: ({ name }, _, { service }) => {
        const explainer = service.models.loaded(name)?.explainer
        return explainer && 'unexplained' in explainer ? explainer.unexplained : null
      },
    }),
    shadow: t.field({
      type: ShadowComparison,
      nullable: true,
      description:
        'How this model would have ranked the slates that users got. Null if the model does not have the status `SHADOW`, or if the process that answers has not compared a slate yet.',
      resolve: ({ name }, _, { service }) => service.shadows.figuresOf(name),
    }),
  }),
})

const ModelContractError = builder.objectRef<ErrorModel>('ModelContractError').implement({
  description: 'The file of the model is damaged, or the model needs something that the service does not have. Nothing changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description:
        'What does not fit: the name of a missing feature, or a part of the contract (the description of the model in its file).',
      resolve: ({ field }) => field,
    }),
  }),
})

/** Changes a model and notes that in the audit log. Errors that the caller can act upon are data. */
function changed(
  { service, principal }: Context,
  action: AuditAction,
  name: string,
  change: (changes: ModelChanges) => Promise<ChangedModel>,
): Promise<ModelOnRecord | ErrorModel> {
  return orError(() =>
    service.audit.perform(principal, { action, target: name }, async () => {
      const { before, after } = await change(service.modelChanges)
      return { result: after, before: before?.standing, after: after.standing }
    }),
  )
}

const [RegisterModelResult, ActivateModelResult, ShadowModelResult, RetireModelResult] = (
  ['RegisterModel', 'ActivateModel', 'ShadowModel', 'RetireModel'] as const
).map((mutation) => resultType(mutation, Model, [ModelContractError, NotFound]))

const ModelEdge = builder.edgeObject({ type: Model, name: 'ModelEdge' })
const ModelConnection = builder.connectionObject({ type: Model, name: 'ModelConnection' }, ModelEdge)

builder.queryField('models', (t) =>
  t.connection(
    {
      type: Model,
      nullable: true,
      description: 'The models that were registered in the service, with their status, in the order of their first registration.',
      complexity: ({ first, last }) => ({ field: 10, multiplier: first ?? last ?? 20 }),
      resolve: (_, args, { service }) => pageOf(service.models.record.models, args, ({ name }) => name),
    },
    ModelConnection,
    ModelEdge,
  ),
)

const named = { required: true, description: 'Name of the model.' } as const

/** Input of a mutation that needs only the name of a model. */
function namedInput(name: string, does: string) {
  return builder.inputType(name, {
    description: `The model that the mutation ${does}.`,
    fields: (t) => ({ name: t.string(named) }),
  })
}

const RegisterModelInput = namedInput('RegisterModelInput', 'registers')
const ShadowModelInput = namedInput('ShadowModelInput', 'puts into shadow')
const RetireModelInput = namedInput('RetireModelInput', 'stops using')

const ActivateModelInput = builder.inputType('ActivateModelInput', {
  description: 'The model that the mutation activates, and for which users.',
  fields: (t) => ({
    name: t.string(named),
    traffic: t.float({ required: true, defaultValue: 1, description: 'Share of the users, 0 to 1.' }),
  }),
})

builder.mutationFields((t) => ({
  registerModel: t.field({
    type: RegisterModelResult,
    nullable: true,
    description:
      'Reads and checks a model, and gives it the status `REGISTERED`. The service takes the model of this name that was uploaded (`uploadModel`), or else the folder of this name in `MODEL_DIR`, or else the model of this name that comes with the service.',
    complexity: 10_000,
    args: { input: t.arg({ type: RegisterModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input: { name } }, context) => changed(context, 'REGISTER_MODEL', name, (changes) => changes.register(name)),
  }),
  activateModel: t.field({
    type: ActivateModelResult,
    nullable: true,
    description:
      'Lets a model rank for a share of the users (`traffic`). For all other users, the model that ranked before goes on. To go back, activate the model that ranked before.',
    complexity: 10_000,
    args: { input: t.arg({ type: ActivateModelInput, required: true, description: 'The model, and its share of the users.' }) },
    resolve: (_, { input: { name, traffic } }, context) =>
      changed(context, 'ACTIVATE_MODEL', name, (changes) => changes.activate(name, within('traffic', traffic, 0, 1))),
  }),
  shadowModel: t.field({
    type: ShadowModelResult,
    nullable: true,
    description:
      'Puts a model into shadow: it also scores the items of the slates that the service sends. Users do not see its ranking, but you can compare it with the ranking that they saw.',
    complexity: 10_000,
    args: { input: t.arg({ type: ShadowModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input: { name } }, context) => changed(context, 'SHADOW_MODEL', name, (changes) => changes.shadow(name)),
  }),
  retireModel: t.field({
    description:
      'Stops using a model. To use it again, register and activate it. The store drops the files of an uploaded model: upload it again first.',
    type: RetireModelResult,
    nullable: true,
    complexity: 10_000,
    args: { input: t.arg({ type: RetireModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input: { name } }, context) => changed(context, 'RETIRE_MODEL', name, (changes) => changes.retire(name)),
  }),
}))
