import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { BOUNDS } from '../../src/metrics/duration-histogram.ts'
import { Metrics } from '../../src/metrics/metrics.ts'
import { page, table } from './markdown.ts'

/** What prom-client keeps of a metric; its types have a part of it. */
const described = z.array(z.object({ name: z.string(), help: z.string(), type: z.string(), labelNames: z.array(z.string()) }))

/** docs/reference/metrics.md: every metric of our own, with its labels. */
export function metricsPage(): string {
  const rows = described
    .parse(new Metrics(eCommerce).registry.getMetricsAsArray())
    .map(({ name, type, labelNames, help }) => [
      `\`${name}\``,
      type,
      labelNames.map((label) => `\`${label}\``).join(', ') || 'none',
      help,
    ])
  return page(
    'src/metrics',
    '# Metrics',
    'If `METRICS_PORT` is set, each process of the service serves the metrics of this page on that port, at `GET /metrics`. The answer has the text format of Prometheus. The guide [Monitor](../guides/monitor.md) shows how to use them. A *slate* is a list of recommended items. The *store* is Redis, or the embedded store (memory with files on disk). The [glossary](../concepts/glossary.md) explains the other terms of this project.\n\nIn the column *meaning*, words like `discarded` are values of a label.',
    table(['metric', 'type', 'labels', 'meaning'], rows),
    '## Labels',
    'A metric with labels has one time series for each combination of label values. Clients cannot create new time series. They choose event types and surfaces (places where slates appear), but only those that the [domain](domains.md) declares are label values. Any other event type or surface counts as `other`. No label names a user, an item or a session.',
    'The label `operation` is the first field of a GraphQL operation: `recordEvent`, `recordEvents`, `recommendations` (the query), `subscribeRecommendations` (the subscription), or `other`. Operations that cannot be parsed or validated are `other` too. The label `code` is `OK`, or the code of the first [error](errors.md).',
    '## Histograms',
    `All histograms of durations have the same upper bounds of their buckets, so that you can add and compare histograms: ${BOUNDS.join(', ')} seconds.`,
    '## Figures of the process',
    'The answer of `/metrics` also has metrics of the process itself: `process_…` (CPU, memory, open files, time of the start) and `nodejs_…` (heap, garbage collection, resources). They are the default metrics of the library [prom-client](https://github.com/siimon/prom-client#default-metrics).',
  )
}
