import type { Estimate } from '../analysis/estimate.ts'
import { type PolicyOutcome, policyReport } from '../analysis/policy-report.ts'
import { builder } from './builder.ts'

const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  description: 'A figure with a 95 % interval that stays right however often one looks.',
  fields: (t) => ({
    value: t.exposeFloat('value'),
    low: t.exposeFloat('low'),
    high: t.exposeFloat('high'),
    effectiveSamples: t.exposeFloat('effectiveSamples', {
      description: 'Independent observations that would tell as much: fewer than there are where those of one user are alike.',
    }),
  }),
})

const PolicyReport = builder.objectRef<PolicyOutcome>('PolicyReport').implement({
  description:
    'What a model or policy achieved on attributed events, with 95 % intervals. Counts are Float because they pass 2^31.',
  fields: (t) => ({
    policy: t.exposeString('policy'),
    users: t.exposeFloat('users', { description: 'Whose first event on a slate of this policy fell into the time.' }),
    slates: t.exposeFloat('slates', { description: 'Slates that an event named.' }),
    impressions: t.exposeFloat('impressions'),
    clicks: t.exposeFloat('clicks'),
    clickRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Null without impressions.',
      resolve: ({ clickRate }) => clickRate,
    }),
    conversions: t.exposeFloat('conversions', { description: 'Purchases, and other events configured as goals.' }),
    conversionRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Goals per slate.',
      resolve: ({ conversionRate }) => conversionRate,
    }),
    valuePerSlate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Sum of the configured value (price times quantity) per slate.',
      resolve: ({ valuePerSlate }) => valuePerSlate,
    }),
    clickRateDifference: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Click rate minus that of the first policy; null for the first. Where the interval leaves 0 out, they differ.',
      resolve: ({ clickRateDifference }) => clickRateDifference,
    }),
    valueDifference: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Value per slate minus that of the first policy; null for the first.',
      resolve: ({ valueDifference }) => valueDifference,
    }),
    offPolicy: t.field({
      type: EstimateType,
      nullable: true,
      description:
        'Doubly robust, for what was shown by chance: rewards per exploration slot, had each shown the item of the highest estimate. Null elsewhere.',
      resolve: ({ offPolicy }) => offPolicy,
    }),
    sampleRatioP: t.exposeFloat('sampleRatioP', {
      nullable: true,
      description: 'Probability that the split of users is as configured; below 0.001 something is wrong with the assignment.',
    }),
  }),
})

builder.queryField('policyReport', (t) =>
  t.field({
    type: [PolicyReport],
    nullable: { list: true, items: false },
    description: 'By whole days, UTC; the last 28 if nothing is said.',
    complexity: 20_000,
    args: { since: t.arg({ type: 'DateTime' }), until: t.arg({ type: 'DateTime' }), surface: t.arg.string() },
    resolve: (_, { since, until, surface }, { service }) =>
      policyReport({ since: since?.getTime(), until: until?.getTime(), surface: surface ?? undefined }, service),
  }),
)
