import type { Feature } from '../accumulators/accumulator.ts'
import { type Distribution, distribution } from '../analysis/feature-summary.ts'
import type { Snapshot } from '../analysis/snapshots.ts'
import { LiverankError } from '../errors.ts'
import type { Service } from '../service/service.ts'
import { inOwnTurn } from '../turns.ts'
import { EntityKind } from './accumulator.ts'
import { atMost, within } from './argument-checks.ts'
import { builder } from './builder.ts'
import { featuresNamed } from './feature-names.ts'

const MAX_FEATURES = 50
const MAX_BINS = 200

const QuantileValue = builder.objectRef<Distribution['quantiles'][number]>('QuantileValue').implement({
  description: 'A quantile of the values.',
  fields: (t) => ({
    quantile: t.exposeFloat('quantile', {
      description: 'The share of all values that are not larger than `value`. For the median, it is 0.5.',
    }),
    value: t.exposeFloat('value', { description: 'The value, in units of the feature.' }),
  }),
})

const HistogramBin = builder.objectRef<Distribution['histogram'][number]>('HistogramBin').implement({
  description: 'A bin of a histogram. All bins of a histogram have the same width.',
  fields: (t) => ({
    from: t.exposeFloat('from', { description: 'Smallest value that belongs to the bin.' }),
    to: t.exposeFloat('to', {
      description: 'Upper end of the bin. A value equal to this number belongs to the next bin, except in the last bin.',
    }),
    count: t.exposeInt('count', { description: 'Number of values in the bin.' }),
  }),
})

interface FeatureSummaryModel extends Distribution {
  readonly name: string
  readonly asOf: Date
}

const FeatureSummary = builder.objectRef<FeatureSummaryModel>('FeatureSummary').implement({
  description: 'Distribution of one feature over users, items or attribute values.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature.' }),
    sampleSize: t.int({
      description:
        'Number of users, items or attribute values in the sample, from which the other fields are computed. The sample has all of them, up to about 2,000 users or 20,000 items. If there are more, it has a part of them.',
      resolve: ({ count, missing }) => count + missing,
    }),
    asOf: t.field({
      type: 'DateTime',
      description: 'The time at which the values were computed.',
      resolve: ({ asOf }) => asOf,
    }),
    count: t.exposeInt('count', {
      description:
        'Number of users, items or attribute values in the sample (see `sampleSize`) for which the feature has a value.',
    }),
    missing: t.exposeInt('missing', {
      description: 'Number of users, items or attribute values in the sample (see `sampleSize`) for which the feature is null.',
    }),
    mean: t.exposeFloat('mean', { nullable: true, description: 'Mean of the values. Null if there are no values.' }),
    stddev: t.exposeFloat('stddev', {
      nullable: true,
      description: 'Standard deviation of the values. Null if there are no values.',
    }),
    min: t.exposeFloat('min', { nullable: true, description: 'Smallest value. Null if there are no values.' }),
    max: t.exposeFloat('max', { nullable: true, description: 'Largest value. Null if there are no values.' }),
    quantiles: t.field({
      type: [QuantileValue],
      description: 'The 7 quantiles 0.01, 0.05, 0.25, 0.5, 0.75, 0.95 and 0.99 of the values. Empty if there are no values.',
      resolve: ({ quantiles }) => [...quantiles],
    }),
    histogram: t.field({
      type: [HistogramBin],
      description: 'Histogram of the values, with at most 200 bins of equal width. Empty if there are no values.',
      resolve: ({ histogram }) => [...histogram],
    }),
  }),
})

function snapshotOf({ snapshots }: Service, { entity, ofValues }: Feature): Promise<Snapshot> {
  if (entity === 'USER') return snapshots.users()
  return ofValues ? snapshots.values(ofValues.attribute) : snapshots.items()
}

builder.queryField('featureSummary', (t) =>
  t.field({
    type: [FeatureSummary],
    nullable: { list: true, items: false },
    description:
      'How the values of each named feature are distributed over all users, items or attribute values, such as their mean and their quantiles.',
    args: {
      entity: t.arg({
        type: EntityKind,
        required: true,
        description: 'What the features describe: `USER`, `ITEM` or `ATTRIBUTE`.',
      }),
      names: t.arg.stringList({
        required: true,
        description: 'Names of features, at most 50. The value of each must be a single number, not a list of numbers.',
      }),
      bins: t.arg.int({
        required: true,
        defaultValue: 20,
        description: 'Number of bins of the histogram of each feature, 1 to 200.',
      }),
    },
    complexity: ({ names, bins }) => ({ field: 1000 * names.length, multiplier: names.length * (1 + bins / 20) }),
    resolve: (_, { entity, names, bins }, { service }) => {
      if (entity !== 'USER' && entity !== 'ITEM' && entity !== 'ATTRIBUTE')
        throw new LiverankError('BAD_USER_INPUT', `entity is ${entity}: pass USER, ITEM or ATTRIBUTE.`)
      within('bins', bins, 1, MAX_BINS)
      const features = featuresNamed(service.accumulators, [entity], atMost('names', names, MAX_FEATURES))
      for (const { name, breakdown } of features)
        if (breakdown) throw new LiverankError('BAD_USER_INPUT', `${name} is a breakdown: pass a feature with a single value.`)
      return Promise.all(
        features.map(async (feature) => {
          const { asOf, columns } = await snapshotOf(service, feature)
          const found = await inOwnTurn(() => distribution(columns.get(feature.name)!, bins))
          return { name: feature.name, asOf: new Date(asOf), ...found }
        }),
      )
    },
  }),
)
