import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { BOUNDS } from '../../src/metrics/duration-histogram.ts'
import { Metrics } from '../../src/metrics/metrics.ts'
import { page, table } from './markdown.ts'

/** What prom-client keeps of a metric; its types have a part of it. */
const described = z.array(z.object({ name: z.string(), help: z.string(), type: z.string(), labelNames: z.array(z.string()) }))

/** Sections of the page: each has the metrics whose names match. The first match counts. */
const SECTIONS: readonly { readonly title: string; readonly intro: string; readonly names: RegExp }[] = [
  {
    title: 'Events',
    intro: 'An *event* is something that a user did, such as a click. Clients send events, and the service records them.',
    names: /^liverank_(events?_(?!to_slate|loop)|recording_)/,
  },
  {
    title: 'Slates',
    intro:
      'The service makes slates for queries and for subscriptions. The label `trigger` says why it made a slate, for example because of an event of the user. [SlateTrigger](schema-values.md) lists its values.',
    names: /^liverank_(slates?_|model_failures|source_drops|turns_)/,
  },
  {
    title: 'Subscriptions',
    intro: 'A client with an open *subscription* gets a new slate after each action of the user.',
    names: /^liverank_(pushes|event_to_slate|subscribers)/,
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
      'The *store* is where the service keeps its data: Redis, or the *embedded store* (the memory of one process, with files on disk). It includes a *log* of all events, with one *entry* for the events that were recorded together.',
    names: /^liverank_(store_|fold_|poisoned_|items$|memory_|journal_)/,
  },
  {
    title: 'Redis',
    intro: 'Only a process that uses Redis has these metrics.',
    names: /^liverank_redis_/,
  },
  {
    title: 'Process',
    intro: 'These metrics describe the process, its models and its health.',
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
    table(
      ['metric', 'type', 'labels', 'meaning'],
      metrics
        .filter(({ name }) => sectionOf(name) === section)
        .map(({ name, type, labelNames, help }) => [
          `\`${name}\``,
          type,
          labelNames.map((label) => `\`${label}\``).join(', ') || 'none',
          help,
        ]),
    ),
  ])
  return page(
    'src/metrics',
    '# Metrics',
    `A *metric* is a number about the service that a monitoring system, such as Prometheus, reads regularly. If you set \`METRICS_PORT\`, each process of the service answers \`GET /metrics\` on this port with all its metrics, in the text format of Prometheus. The guide [Monitor](../guides/monitor.md) shows how to use them.
A *slate* is a list of recommended items. The [glossary](../concepts/glossary.md) explains the other terms of this project.`,
    `Each line of the tables is a metric. There are three types:

- A *counter* only rises, from 0 at the start of the process.
- A *gauge* is a value at the moment of reading. It rises and falls.
- A *histogram* counts durations, in seconds. It says how many were at most 0.1 ms, 0.25 ms and so on.

A metric with *labels* has one number for each combination of their values. For example, \`liverank_events_total\` has one number for each \`outcome\` and \`event_type\`. The column *meaning* lists the values of some labels. For example, \`discarded\` is a value of \`outcome\`.`,
    ...sections,
    '## Labels',
    'No label names a user, an item or a session. Clients cannot make new label values either: an event type or a surface (place where slates appear) that the [domain](domains.md) does not declare counts as `other`. So the number of values stays small.',
    '## Histograms',
    `All histograms have the same upper bounds, so that you can add and compare them: ${BOUNDS.join(', ')} seconds.`,
    '## Metrics of Node',
    'The answer of `/metrics` also has metrics about the process itself. Names that begin with `process_` are about CPU, memory and open files. Names that begin with `nodejs_` are about the memory management of Node. They are the default metrics of the library [prom-client](https://github.com/siimon/prom-client#default-metrics).',
  )
}
