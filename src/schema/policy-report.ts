import type { Estimate } from '../analysis/estimate.ts'
import { type PolicyOutcome, policyReport } from '../analysis/policy-report.ts'
import { builder } from './builder.ts'

const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  description: 'A value with a 95 % interval that stays valid however often you look.',
  fields: (t) => ({
    value: t.exposeFloat('value'),
    low: t.exposeFloat('low'),
    high: t.exposeFloat('high'),
    effectiveSamples: t.exposeFloat('effectiveSamples', {
      description:
        'Number of independent observations that would carry the same information. It is lower than the count, because observations of one user are correlated.',
    }),
  }),
})

const PolicyReport = builder.objectRef<PolicyOutcome>('PolicyReport').implement({
  description: 'Results of a policy on attributed events, with 95 % intervals. Counts are Float because they can exceed 2^31.',
  fields: (t) => ({
    policy: t.exposeString('policy'),
    users: t.exposeFloat('users', { description: 'Users whose first event on a slate of this policy is in the period.' }),
    slates: t.exposeFloat('slates', { description: 'Slates that at least one event names.' }),
    impressions: t.exposeFloat('impressions'),
    clicks: t.exposeFloat('clicks'),
    clickRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Clicks per impression. Null without impressions.',
      resolve: ({ clickRate }) => clickRate,
    }),
    conversions: t.exposeFloat('conversions', { description: 'Purchases, and other goals of the domain.' }),
    conversionRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Goals per slate.',
      resolve: ({ conversionRate }) => conversionRate,
    }),
    valuePerSlate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Value of goals (value, or price times quantity) per slate.',
      resolve: ({ valuePerSlate }) => valuePerSlate,
    }),
    clickRateDifference: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Click rate minus that of the first policy; null for the first. They differ if the interval excludes 0.',
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
        'Doubly robust estimate: rewards per exploration slot if each had shown the item with the highest estimate. Null without exploration.',
      resolve: ({ offPolicy }) => offPolicy,
    }),
    sampleRatioP: t.exposeFloat('sampleRatioP', {
      nullable: true,
      description:
        'Probability of this split of users under the configured shares. Below 0.001, the assignment or the counting is broken.',
    }),
  }),
})

builder.queryField('policyReport', (t) =>
  t.field({
    type: [PolicyReport],
    nullable: { list: true, items: false },
    description: 'Results of each policy, by whole days (UTC). The default is the last 28 days.',
    complexity: 20_000,
    args: { since: t.arg({ type: 'DateTime' }), until: t.arg({ type: 'DateTime' }), surface: t.arg.string() },
    resolve: (_, { since, until, surface }, { service }) =>
      policyReport({ since: since?.getTime(), until: until?.getTime(), surface: surface ?? undefined }, service),
  }),
)
