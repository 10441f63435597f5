/** Texts about experiments and policies. */
export const texts = {
  title: 'Experiments',
  lead: 'How the policies (ways to make slates) of this service do. The intervals hold however often you look, so you may stop as soon as they are apart.',
  panel: 'Policies',
  note: 'Whole days in UTC, today included. A slate counts once an app has reported an event on it.',
  surface: 'Surface',
  allSurfaces: 'All surfaces',
  since: 'Since',
  days: (days: number) => (days === 1 ? '1 day' : `${days} days`),
  empty: 'No figures in this period.',
  emptyAdvice: 'A policy has figures once apps send impressions and clicks with the recommendationId of a slate.',
  single: 'There is only one policy. So there is nothing to compare it with.',
  columns: {
    policy: 'Policy',
    users: 'Users',
    slates: 'Slates',
    impressions: 'Impressions',
    clicks: 'Clicks',
    conversions: 'Goals',
    clickRate: 'Click rate',
    conversionRate: 'Goals per slate',
    valuePerSlate: 'Value per slate',
  },
  against: (text: string) => `${text} against the first policy`,
  clear: { better: 'better', worse: 'worse', open: 'no clear difference yet' },
  alarm: 'The shares of users do not fit the experiment',
  alarmAdvice: (policies: string) =>
    `The numbers of users of ${policies} very probably do not fit the shares that the domain gives them. Do not trust the comparison. Somebody changed the shares within the period, or users are assigned or counted wrongly.`,
  rules:
    'Rules apply to everyone. So what a rule brings cannot be compared with what would happen without it. Policies can be compared: give one of two policies the rule.',
  startStop: 'An experiment starts and stops with the domain file, in which whoever runs the service names the policies.',
  guide: { text: 'The guide: run an experiment', address: '/docs/guides/run-an-experiment.html' },
} as const
