import type { Estimate } from '../analysis/confidence-interval.ts'
import { type PolicyOutcome, policyReport } from '../analysis/policy-report.ts'
import { builder } from './builder.ts'

const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  description:
    'An estimated value with its 95 % confidence interval. The interval stays valid if you look at it repeatedly while the experiment runs (anytime-valid).',
  fields: (t) => ({
    value: t.exposeFloat('value', { description: 'The estimate.' }),
    low: t.exposeFloat('low', { description: 'Lower end of the 95 % confidence interval.' }),
    high: t.exposeFloat('high', { description: 'Upper end of the 95 % confidence interval.' }),
    effectiveSamples: t.exposeFloat('effectiveSamples', {
      description:
        'Number of independent observations that would give the same certainty. It is lower than the real number, because observations of one user are correlated.',
    }),
  }),
})

const PolicyReport = builder.objectRef<PolicyOutcome>('PolicyReport').implement({
  description:
    'Results of one policy (way to make slates) of an experiment. Only events that name a slate of the policy count. Counts are Float because they can exceed 2^31.',
  fields: (t) => ({
    policy: t.exposeString('policy', { description: 'Name of the policy in the domain.' }),
    users: t.exposeFloat('users', {
      description: 'Number of users whose first event on a slate of this policy is in the period.',
    }),
    slates: t.exposeFloat('slates', { description: 'Number of slates of this policy that at least one event names.' }),
    impressions: t.exposeFloat('impressions', { description: 'Number of items that became visible on slates of this policy.' }),
    clicks: t.exposeFloat('clicks', { description: 'Number of clicks on items of slates of this policy.' }),
    clickRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Clicks per impression, on slates of this policy. Null if there are no impressions.',
      resolve: ({ clickRate }) => clickRate,
    }),
    conversions: t.exposeFloat('conversions', {
      description: 'Number of goals: purchases, and other event types that the domain declares as goals.',
    }),
    conversionRate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'Number of goals divided by the number of slates of this policy.',
      resolve: ({ conversionRate }) => conversionRate,
    }),
    valuePerSlate: t.field({
      type: EstimateType,
      nullable: true,
      description:
        'Value of all goals divided by the number of slates of this policy. The value of a goal is the event attribute `value`. If `value` is missing, it is `price` times `quantity`. If the event has no `price`, the price of the item counts.',
      resolve: ({ valuePerSlate }) => valuePerSlate,
    }),
    clickRateDifference: t.field({
      type: EstimateType,
      nullable: true,
      description:
        'Click rate of this policy minus the click rate of the first policy of the experiment. If the interval excludes 0, the rates differ. Null for the first policy.',
      resolve: ({ clickRateDifference }) => clickRateDifference,
    }),
    valueDifference: t.field({
      type: EstimateType,
      nullable: true,
      description:
        'Value per slate of this policy minus the value per slate of the first policy of the experiment. Null for the first policy.',
      resolve: ({ valueDifference }) => valueDifference,
    }),
    offPolicy: t.field({
      type: EstimateType,
      nullable: true,
      description:
        'An exploration slot is a position that shows an item drawn at random. This field estimates the mean reward of the slots if each had shown the item with the highest expected reward. The method is a doubly robust off-policy estimate. Null if the policy had no exploration slots.',
      resolve: ({ offPolicy }) => offPolicy,
    }),
    sampleRatioP: t.exposeFloat('sampleRatioP', {
      nullable: true,
      description:
        'P-value of a test whether the numbers of users of the policies fit the shares in the domain. A value below 0.001 very probably means one of two things: the shares were changed within the period, or users are assigned or counted wrongly.',
    }),
  }),
})

builder.queryField('policyReport', (t) =>
  t.field({
    type: [PolicyReport],
    nullable: { list: true, items: false },
    description:
      'Results of each policy of the experiment over a period of whole days (UTC). The default is today and the 28 days before it. If the domain keeps results for fewer days (its key `expiry.item`), the default is all days that it keeps.',
    complexity: 20_000,
    args: {
      since: t.arg({ type: 'DateTime', description: 'Start of the period. The whole day (UTC) of this time counts.' }),
      until: t.arg({
        type: 'DateTime',
        description: 'End of the period. The whole day (UTC) of this time counts. If absent, now.',
      }),
      surface: t.arg.string({
        description: 'Only slates of this surface (a place where slates appear). If absent, all surfaces.',
      }),
    },
    resolve: (_, { since, until, surface }, { service }) =>
      policyReport({ since: since?.getTime(), until: until?.getTime(), surface: surface ?? undefined }, service),
  }),
)
