import type { Feature } from '../accumulators/accumulator.ts'
import { figuresOf, readFigures } from '../analysis/attribute-figures.ts'
import type { NamedValue } from '../analysis/feature-values.ts'
import type { Snapshot } from '../analysis/snapshots.ts'
import { LiverankError } from '../errors.ts'
import type { Service } from '../service/service.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { BESIDE_FEATURES, featuresNamed, LIST_OF_FEATURES } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { pageSize } from './pages.ts'

const MAX_VALUES = 500

interface AttributeFeaturesModel {
  readonly attribute: string
  readonly value: string
  readonly features: readonly NamedValue[]
}

const AttributeFeatures = builder.objectRef<AttributeFeaturesModel>('AttributeFeatures').implement({
  description: 'One value of an attribute, such as a brand, a category or a surface, with its features.',
  fields: (t) => ({
    attribute: t.exposeString('attribute', { description: 'Name of the attribute, such as brand.', complexity: BESIDE_FEATURES }),
    value: t.exposeString('value', { description: 'The value of the attribute, such as Lux.', complexity: BESIDE_FEATURES }),
    features: t.field({
      type: [FeatureValue],
      description: 'Features of this value, in the order of the request.',
      complexity: LIST_OF_FEATURES,
      resolve: ({ features }) => features,
    }),
  }),
})

/** @throws LiverankError BAD_USER_INPUT if no sums are kept by this attribute, or if it has no figure of a given name */
function figuresNamed({ accumulators }: Service, attribute: string, names: readonly string[] | null | undefined): Feature[] {
  const figures = figuresOf(accumulators, attribute)
  if (figures.length === 0) {
    const known = [...accumulators.features.values()].flatMap(({ ofValues }) => (ofValues ? [ofValues.attribute] : []))
    throw new LiverankError(
      'BAD_USER_INPUT',
      `No features are kept by ${attribute}. Use one of ${[...new Set(known)].join(', ')}.`,
    )
  }
  if (!names) return figures
  return featuresNamed(accumulators, ['ATTRIBUTE'], names).map((feature) => {
    if (feature.ofValues?.attribute !== attribute)
      throw new LiverankError(
        'BAD_USER_INPUT',
        `${feature.name} is not a feature of the values of ${attribute}: use a feature whose entity is ATTRIBUTE.`,
      )
    return feature
  })
}

function featureValues(figures: readonly Feature[], read: (figure: number) => number): NamedValue[] {
  return figures.map(({ name }, at) => {
    const value = read(at)
    return { name, value: Number.isFinite(value) ? value : null, breakdown: null }
  })
}

/** Rows by the column, largest first; ties by key, missing last. */
function leaders({ keys, columns }: Snapshot, by: string, first: number): number[] {
  const column = columns.get(by)!
  const rank = (row: number) => (Number.isFinite(column[row]) ? column[row] : Number.NEGATIVE_INFINITY)
  return keys
    .map((_, row) => row)
    .sort((a, b) => (rank(b) > rank(a) ? 1 : rank(b) < rank(a) ? -1 : keys[a] < keys[b] ? -1 : 1))
    .slice(0, first)
}

builder.queryField('attributeFeatures', (t) =>
  t.field({
    type: [AttributeFeatures],
    nullable: { list: true, items: false },
    description:
      'Features of the values of an attribute, such as of the brands `Lux` and `Ferro`. Either list the values in `values`, or name a feature in `orderBy` to get the values for which this feature is largest.',
    args: {
      attribute: t.arg.string({
        required: true,
        description:
          'Name of an item attribute whose values are texts, such as `brand`. The domain must declare it. Or pass `surface` to get features of surfaces, or `position` to get features of positions in slates.',
      }),
      values: t.arg.stringList({ description: 'The values to read, at most 500.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
      orderBy: t.arg.string({
        description:
          'If `values` is absent: the feature by which the values are ordered, largest first. If `orderBy` is absent too, the service orders by the first feature that it has for this attribute.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: 'If `values` is absent: how many values to read, 0 to 500.',
      }),
    },
    complexity: ({ attribute, values, names, first }, { service: { accumulators } }) => ({
      field: 500,
      multiplier: (values?.length ?? first) * (names?.length ?? figuresOf(accumulators, attribute).length),
    }),
    resolve: async (_, { attribute, values, names, orderBy, first }, { service }) => {
      const figures = figuresNamed(service, attribute, names)
      const [order] = figuresNamed(service, attribute, orderBy ? [orderBy] : null)
      pageSize(first)
      if (values) {
        const named = atMost('values', values, MAX_VALUES)
        const read = await readFigures(figures, attribute, named, service.clock.now(), service)
        return named.map((value, row) => ({ attribute, value, features: featureValues(figures, (at) => read[at][row]) }))
      }
      const snapshot = await service.snapshots.values(attribute)
      const columns = figures.map(({ name }) => snapshot.columns.get(name)!)
      return leaders(snapshot, order.name, first).map((row) => ({
        attribute,
        value: snapshot.keys[row],
        features: featureValues(figures, (at) => columns[at][row]),
      }))
    },
  }),
)
