import type { Accumulator as AccumulatorModel, EntityKind as EntityKindModel, Feature } from '../accumulators/accumulator.ts'
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

export const EntityKind = builder.enumType('EntityKind', {
  values: Object.fromEntries(
    ENTITY_KINDS.map((kind) => [kind, kind === 'SLATE' ? { description: 'Relative to the other candidates of a slate.' } : {}]),
  ) as Record<EntityKindModel, { description?: string }>,
})

const FeatureDefinition = builder.objectRef<Feature>('FeatureDefinition').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    entity: t.field({
      type: EntityKind,
      description: 'The entity of the feature. An accumulator may have features of several entities.',
      resolve: ({ entity }) => entity,
    }),
    description: t.exposeString('description'),
    unit: t.string({ nullable: true, resolve: ({ unit }) => unit }),
    missing: t.exposeString('missing', { description: 'When the value is null, and why.' }),
    usedByActiveModel: t.boolean({
      resolve: ({ name }, _, { service }) => service.models.active.some(({ features }) => features.includes(name)),
    }),
  }),
})

const Accumulator = builder.objectRef<AccumulatorModel>('Accumulator').implement({
  description: 'An accumulator: it turns events into features.',
  fields: (t) => ({
    name: t.exposeString('name'),
    entity: t.field({ type: EntityKind, resolve: ({ entity }) => entity }),
    description: t.exposeString('description'),
    eventTypes: t.field({
      type: ['String'],
      description: 'Event types that update it; empty means any.',
      resolve: ({ roles }, _, { service: { domain } }) =>
        Object.entries(domain.eventTypes).flatMap(([type, { role }]) => (roles.includes(role) ? [type] : [])),
    }),
    ttlSeconds: t.int({
      nullable: true,
      resolve: ({ expires }, _, { service: { domain } }) => (expires ? Math.round(domain.expiry[expires] / 1000) : null),
    }),
    features: t.field({
      type: [FeatureDefinition],
      complexity: { field: 1, multiplier: 4 },
      resolve: ({ features }) => [...features],
    }),
  }),
})

builder.queryField('accumulators', (t) =>
  t.field({
    description: 'Every accumulator of the domain, with its features.',
    type: [Accumulator],
    nullable: { list: true, items: false },
    args: { entity: t.arg({ type: EntityKind }) },
    complexity: (_, { service }) => ({ field: 10, multiplier: service.accumulators.accumulators.length }),
    resolve: (_, { entity }, { service }) =>
      service.accumulators.accumulators.filter((accumulator) => !entity || accumulator.entity === entity),
  }),
)
