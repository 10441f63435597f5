import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { BOUNDS } from '../../src/metrics/duration-histogram.ts'
import { Metrics } from '../../src/metrics/metrics.ts'
import { page } from './markdown.ts'

/** What prom-client keeps of a metric; its types have a part of it. */
const described = z.array(z.object({ name: z.string(), help: z.string(), type: z.string(), labelNames: z.array(z.string()) }))

/** Sections of the page: each has the metrics whose names match. The first match counts. */
const SECTIONS: readonly { readonly title: string; readonly intro: string; readonly names: RegExp }[] = [
  {
    title: 'Events',
    intro: 'An *event* is something that a user did, such as a click. `event_type` is its type.',
    names: /^liverank_(events?_(?!to_slate|loop)|recording_)/,
  },
  {
    title: 'Slates',
    intro:
      'A *slate* is an ordered list of recommended items. The label `trigger` says why the service made it ([SlateTrigger](../../schema.graphql) lists the values), and `surface` names the place that shows it.',
    names: /^liverank_(slates?_|model_failures|source_drops|turns_)/,
  },
  {
    title: 'Subscriptions',
    intro:
      'A *subscription* gets a first slate, and a new one after each action of the user and other changes, such as changed rules.',
    names: /^liverank_(push_|pushes|event_to_slate|subscribers)/,
  },
  {
    title: 'Requests and connections',
    intro:
      'The label `operation` is the first field of a GraphQL operation: `recordEvent`, `recordEvents`, `recommendations` (the query), `subscribeRecommendations` (the subscription), or `other`. The label `code` is `OK`, or the code of an [error](errors.md).',
    names: /^liverank_(operation|http_|authentication_|issuer_|rate_|websocket_|open$)/,
  },
  {
    title: 'Store',
    intro:
      'The *store* keeps the data of the service: Redis, or the *embedded store* (the memory of one process, with files on disk). Its *log* has an *entry* for events of one user that arrived together.',
    names: /^liverank_(store_|fold_|poisoned_|items$|memory_|journal_)/,
  },
  {
    title: 'Redis',
    intro: 'Only a process that uses Redis has these metrics.',
    names: /^liverank_redis_/,
  },
  {
    title: 'Process',
    intro: 'These metrics describe the process, its models and its clock.',
    names: /^liverank_/,
  },
]

/** docs/reference/metrics.md: every metric of our own, with its labels. */
export function metricsPage(): string {
  const metrics = described.parse(new Metrics(eCommerce).registry.getMetricsAsArray())
  const sectionOf = (name: string) => SECTIONS.find(({ names }) => names.test(name))
  const sections = SECTIONS.flatMap((section) => [
    `## ${section.title}`,
    section.intro,
    metrics
      .filter(({ name }) => sectionOf(name) === section)
      .map((metric) => `- \`${metric.name}\`${labelsOf(metric)}: ${metric.help}`)
      .join('\n'),
  ])
  return page(
    'src/metrics',
    '# Metrics',
    `If you set \`METRICS_PORT\`, each process of the service answers \`GET /metrics\` on this port with its metrics, in the text format of Prometheus. The guide [Monitor](../guides/monitor.md) shows how to use them. The [glossary](../concepts/glossary.md) explains the terms of this project.

- A name that ends in \`_total\` is a *counter*, which only rises, from 0 at the start of the process.
- A name that ends in \`_duration_seconds\` is a *histogram*, which counts durations up to each of [these bounds](#histograms).
- All others are *gauges*: values at the moment of reading.

A metric with *labels* has one number for each combination of their values, which its text may list. For example, \`discarded\` is a value of \`outcome\`.`,
    ...sections,
    '## Labels',
    'No label has the id of a user, an item or a session, and clients cannot create new values. A label has only the event types and surfaces that the [domain](domains.md) declares, and `other` for all others.',
    '## Histograms',
    `All histograms have the same upper bounds: ${BOUNDS.join(', ')} seconds.`,
    '## Metrics of Node',
    '`/metrics` also has the default metrics of [prom-client](https://github.com/siimon/prom-client#default-metrics): `process_…` about CPU, memory and open files, and `nodejs_…` about the memory of Node.',
  )
}

/**
 * The labels of a metric as Prometheus writes them, such as `{outcome, event_type}`.
 * @throws when the name does not tell the type as the page says
 */
function labelsOf({ name, type, labelNames }: z.infer<typeof described>[number]): string {
  const told = name.endsWith('_total') ? 'counter' : name.endsWith('_duration_seconds') ? 'histogram' : 'gauge'
  if (told !== type) throw new Error(`${name}: the page would call this ${type} a ${told}`)
  return labelNames.length === 0 ? '' : ` {${labelNames.map((label) => `\`${label}\``).join(', ')}}`
}
