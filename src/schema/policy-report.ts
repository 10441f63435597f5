import type { Estimate } from '../analysis/confidence-interval.ts'
import { type PolicyOutcome, policyReport, type ReportPeriod, rowsRead } from '../analysis/policy-report.ts'
import { readTime, timeIn } from '../events/validate-event.ts'
import { builder } from './builder.ts'
import { Policy } from './policy.ts'

const EstimateType = builder.objectRef<Estimate>('Estimate').implement({
  description:
    'An estimated value with its 95 % confidence interval. The interval stays valid however often you look at it while the experiment runs (it is anytime-valid).',
  fields: (t) => ({
    value: t.exposeFloat('value', { description: 'The estimated value, such as a click rate of 0.04.' }),
    low: t.exposeFloat('low', { description: 'Lower end of the 95 % confidence interval.' }),
    high: t.exposeFloat('high', { description: 'Upper end of the 95 % confidence interval.' }),
    effectiveSamples: t.exposeFloat('effectiveSamples', {
      description:
        'The number of independent observations that would give an interval of the same width. The real number is higher, because the observations of one user resemble each other, and so are not independent.',
    }),
  }),
})

const PolicyReport = builder.objectRef<PolicyOutcome>('PolicyReport').implement({
  description:
    'Results of one policy (way to make slates) of an experiment. An event counts for a policy if its `recommendationId` names a slate of this policy. Counts of impressions, slates, clicks and goals have the type Float, because a period can have more of them than an Int can hold.',
  fields: (t) => ({
    policy: t.field({ type: Policy, description: 'The policy.', resolve: ({ policy }) => ({ name: policy }) }),
    users: t.exposeInt('users', {
      description: 'Number of users whose first event on a slate of this policy is in the period.',
    }),
    slates: t.exposeFloat('slates', {
      description:
        'Number of slates of this policy for which the service got at least one event, such as an impression. Other slates do not count, because nobody may have seen them.',
    }),
    impressions: t.exposeFloat('impressions', { description: 'Number of items that became visible on slates of this policy.' }),
    clicks: t.exposeFloat('clicks', { description: 'Number of clicks on items of slates of this policy.' }),
    clickRate: t.expose('clickRate', {
      type: EstimateType,
      nullable: true,
      description:
        'Clicks per impression, on slates of this policy. It is above 1 if the app reports more clicks than impressions: then the app does not report every item that became visible. The interval is within 0 and 1, unless the rate itself is above 1. Null if too few users have impressions.',
    }),
    conversions: t.exposeFloat('conversions', {
      description: 'Number of goals: purchases, and other event types that the domain declares as goals.',
    }),
    conversionRate: t.expose('conversionRate', {
      type: EstimateType,
      nullable: true,
      description:
        'Number of goals (`conversions`) divided by the number of slates (`slates`). The interval does not go below 0. Null if too few users have slates of this policy.',
    }),
    valuePerSlate: t.expose('valuePerSlate', {
      type: EstimateType,
      nullable: true,
      description:
        'Value of all goals divided by the number of slates (`slates`). The value of a goal is the event attribute `value`. If `value` is missing, it is `price` times `quantity`. If the event has no `price`, the price of the item counts. Null if too few users have slates of this policy.',
    }),
    clickRateDifference: t.expose('clickRateDifference', {
      type: EstimateType,
      nullable: true,
      description:
        'Click rate of this policy minus that of the first policy of the experiment. If `low` and `high` are both above 0 or both below 0, the two click rates very probably differ. Null for the first policy.',
    }),
    valueDifference: t.expose('valueDifference', {
      type: EstimateType,
      nullable: true,
      description:
        'Value per slate of this policy minus the value per slate of the first policy of the experiment. Null for the first policy.',
    }),
    offPolicy: t.expose('offPolicy', {
      type: EstimateType,
      nullable: true,
      description:
        'An exploration slot is a position of a slate that shows an item drawn at random. This field estimates how well such slots would do if each showed the best item instead. The estimate is the share of slots whose item users would click or buy. The method is a doubly robust off-policy estimate. Null if too few users saw exploration slots.',
    }),
    sampleRatioP: t.exposeFloat('sampleRatioP', {
      nullable: true,
      description:
        'The domain says which share of the users each policy gets. The field is the p-value of a test whether the real numbers of users fit these shares. Below 0.001, they very probably do not: somebody changed the shares within the period, or users are assigned or counted wrongly.',
    }),
  }),
})

/** Rows of sums that are read in the time of a point. */
const ROWS_A_POINT = 2
/** Complexity of a report of many policies: it is asked for as a whole, and gives other requests their turn. */
const MOST_COST = 60_000

interface PeriodArgs {
  readonly since?: unknown
  readonly until?: unknown
  readonly surface?: string | null | undefined
}

/** @param timeOf reads a time that was sent */
function periodOf(args: PeriodArgs, timeOf: (sent: unknown, field: string) => number | undefined): ReportPeriod {
  const at = (field: 'since' | 'until') => (args[field] == null ? undefined : timeOf(args[field], field))
  return { since: at('since'), until: at('until'), surface: args.surface ?? undefined }
}

builder.queryField('policyReport', (t) =>
  t.field({
    type: [PolicyReport],
    nullable: { list: true, items: false },
    description:
      'Results of each policy of the experiment over a period of whole days (UTC). By default, the period is today and the 28 days before.',
    complexity: (args, { service }) => Math.min(MOST_COST, 500 + rowsRead(periodOf(args, timeIn), service) / ROWS_A_POINT),
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
    resolve: (_, args, { service }) => policyReport(periodOf(args, readTime), service),
  }),
)
