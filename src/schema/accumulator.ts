import {
  type Accumulator as AccumulatorModel,
  type EntityKind as EntityKindModel,
  type Feature,
  featureLabel,
} from '../accumulators/accumulator.ts'
import { builder } from './builder.ts'

const ENTITY_KINDS = [
  'USER',
  'ITEM',
  'USER_ITEM',
  'SESSION',
  'ATTRIBUTE',
  'CONTEXT',
  'SLATE',
] as const satisfies readonly EntityKindModel[]

const ENTITY_MEANINGS: Readonly<Record<EntityKindModel, string>> = {
  USER: 'A user.',
  ITEM: 'An item.',
  USER_ITEM: 'A user together with an item.',
  SESSION: 'A session: events of a user without a long pause.',
  ATTRIBUTE:
    'A value of an item attribute, such as one brand. Features of a surface, or of a position on a surface, have this kind too.',
  CONTEXT:
    'The request for a slate, such as its time, surface or device. Features that say which sources proposed a candidate have this kind too.',
  SLATE:
    'A candidate of one request for a slate, beside its other candidates. For example, the rank of an item by price among the candidates is such a feature.',
}

export const EntityKind = builder.enumType('EntityKind', {
  description: 'What a feature describes.',
  values: Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, { description: ENTITY_MEANINGS[kind] }])) as Record<
    EntityKindModel,
    { description: string }
  >,
})

const FeatureDefinition = builder.objectRef<Feature>('FeatureDefinition').implement({
  description: 'A feature: a number that the service derives from events, such as the click rate of an item.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature, such as item_ctr_7d.' }),
    entity: t.field({
      type: EntityKind,
      description: 'What the feature describes, such as a user or an item.',
      resolve: ({ entity }) => entity,
    }),
    description: t.exposeString('description', { description: 'Meaning of the value.' }),
    label: t.string({
      description: 'Short text that stands for the feature before people who do not know its name.',
      resolve: (feature) => featureLabel(feature),
    }),
    unit: t.string({
      nullable: true,
      description:
        'Unit of the value, such as hours. A `place` is the share of the candidates before this one: 0 is the first, and 1 the last. `yes or no` is 1 for yes, and 0 for no. Null for a number without a unit.',
      resolve: ({ unit }) => unit,
    }),
    missing: t.exposeString('missing', { description: 'When the value is null, such as `for a user without events`.' }),
    usedByActiveModel: t.boolean({
      description: 'True if the service now ranks with a model that uses the feature.',
      resolve: ({ name }, _, { service }) => service.models.active.some(({ features }) => features.includes(name)),
    }),
  }),
})

const Accumulator = builder.objectRef<AccumulatorModel>('Accumulator').implement({
  description: 'An accumulator: code that turns events into stored state, and this state into features.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the accumulator.' }),
    entity: t.field({
      type: EntityKind,
      description: 'What the accumulator describes, such as a user or an item.',
      resolve: ({ entity }) => entity,
    }),
    description: t.exposeString('description', { description: 'What the accumulator derives from events.' }),
    eventTypes: t.field({
      type: ['String'],
      description: 'Types of events from which the accumulator computes its features. If empty, it uses events of all types.',
      resolve: ({ roles }, _, { service: { domain } }) =>
        Object.entries(domain.eventTypes).flatMap(([type, { role }]) => (roles.includes(role) ? [type] : [])),
    }),
    ttlSeconds: t.int({
      nullable: true,
      description:
        'After this time without an event, in seconds, the service deletes what the accumulator has stored, for example about an item. Null for an accumulator that stores nothing.',
      resolve: ({ expires }, _, { service: { domain } }) => (expires ? Math.round(domain.expiry[expires] / 1000) : null),
    }),
    features: t.field({
      type: [FeatureDefinition],
      description: 'The features that the accumulator computes.',
      complexity: { field: 1, multiplier: 4 },
      resolve: ({ features }) => [...features],
    }),
  }),
})

builder.queryField('accumulators', (t) =>
  t.field({
    description: 'All accumulators (code that turns events into features) of the domain, with their features.',
    type: [Accumulator],
    nullable: { list: true, items: false },
    args: {
      entity: t.arg({
        type: EntityKind,
        description: 'Only accumulators that describe this kind of thing, such as `ITEM`. If absent, all accumulators.',
      }),
    },
    complexity: (_, { service }) => ({ field: 10, multiplier: service.accumulators.accumulators.length }),
    resolve: (_, { entity }, { service }) =>
      service.accumulators.accumulators.filter((accumulator) => !entity || accumulator.entity === entity),
  }),
)
