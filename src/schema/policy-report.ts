import type { Estimate } from '../analysis/confidence-interval.ts'
import { type PolicyOutcome, policyReport } from '../analysis/policy-report.ts'
import { builder } from './builder.ts'

const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  description:
    'An estimated value with its 95 % confidence interval. You may look at the interval as often as you like while the experiment runs (it is anytime-valid).',
  fields: (t) => ({
    value: t.exposeFloat('value', { description: 'The estimated value, such as a click rate of 0.04.' }),
    low: t.exposeFloat('low', { description: 'Lower end of the 95 % confidence interval.' }),
    high: t.exposeFloat('high', { description: 'Upper end of the 95 % confidence interval.' }),
    effectiveSamples: t.exposeFloat('effectiveSamples', {
      description:
        'How many observations, each of another user, would give an interval of the same width. The real number of observations is higher, because several observations of one user say less than those of several users.',
    }),
  }),
})

const PolicyReport = builder.objectRef<PolicyOutcome>('PolicyReport').implement({
  description:
    'Results of one policy (way to make slates) of an experiment. Only events that name a slate of the policy count. Numbers have the type Float, because they can be larger than an Int.',
  fields: (t) => ({
    policy: t.exposeString('policy', { description: 'Name of the policy in the domain.' }),
    users: t.exposeFloat('users', {
      description: 'Number of users of this policy. A user counts if the first event on a slate of the policy is in the period.',
    }),
    slates: t.exposeFloat('slates', {
      description:
        'Number of slates of this policy that events name, for example an impression. Slates that no event names do not count.',
    }),
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
      description: 'Number of goals (`conversions`) divided by the number of slates of this policy.',
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
        'Click rate of this policy minus that of the first policy of the experiment. If `low` and `high` are both above 0 or both below 0, the two click rates very probably differ. Null for the first policy.',
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
        'An exploration slot is a position of a slate that shows an item drawn at random. This field estimates which share of these items users would have clicked or bought if each slot had shown the best item. The method is a doubly robust off-policy estimate. Null if the policy had no exploration slots.',
      resolve: ({ offPolicy }) => offPolicy,
    }),
    sampleRatioP: t.exposeFloat('sampleRatioP', {
      nullable: true,
      description:
        'P-value of a test whether users are divided among the policies as the domain says. If it is below 0.001, the shares were probably changed within the period, or users are assigned or counted wrongly.',
    }),
  }),
})

builder.queryField('policyReport', (t) =>
  t.field({
    type: [PolicyReport],
    nullable: { list: true, items: false },
    description:
      'Results of each policy of the experiment over a period of whole days (UTC). By default, the period is today and the 28 days before.',
    complexity: 20_000,
    args: {
      since: t.arg({
        type: 'DateTime',
        description:
          'Start of the period. The whole day (UTC) of this time counts. If absent, the period starts 28 days before today.',
      }),
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
