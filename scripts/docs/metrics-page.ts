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
      'A *slate* is an ordered list of recommended items. The service makes one when a client asks for it. A client can also subscribe. The service then makes and sends a new slate after each action of the user, until the client ends the subscription. The label `trigger` says why it made the slate, for example because of an event of the user. [SlateTrigger](../../schema.graphql) lists its values.',
    names: /^liverank_(slates?_|model_failures|source_drops|turns_)/,
  },
  {
    title: 'Subscriptions',
    intro:
      'A client can open a *subscription*. It then gets a first slate, and a new slate after each action of the user and after other changes, such as changed rules.',
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
      'The *store* is where the service keeps its data: Redis, or the *embedded store* (the memory of one process, with files on disk). The service also writes all events to a *log* in the store. Events of one user that arrived together are one *entry* of the log.',
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
- A *histogram* measures durations, in seconds. For each upper bound, such as 0.0001 or 0.00025 seconds, it counts the durations up to this bound ([all bounds](#histograms)).

A metric with *labels* has one number for each combination of their values. For example, \`liverank_events_total\` has one number for each \`outcome\` and \`event_type\`. The column *meaning* lists the values of some labels. For example, \`discarded\` is a value of \`outcome\`.`,
    ...sections,
    '## Labels',
    'A monitoring system stores each combination of label values separately, so too many values would overload it. For this reason, no label has the id of a user, an item or a session. Clients also cannot create new values. A label has only the event types and surfaces (places where slates appear) that the [domain](domains.md) declares, and `other` for all others.',
    '## Histograms',
    `All histograms have the same upper bounds, so that you can compare one histogram with another: ${BOUNDS.join(', ')} seconds.`,
    '## Metrics of Node',
    'The answer of `/metrics` also has metrics about the process itself. Names that begin with `process_` are about CPU, memory and open files. Names that begin with `nodejs_` are about the memory management of Node. They are the default metrics of the library [prom-client](https://github.com/siimon/prom-client#default-metrics).',
  )
}
