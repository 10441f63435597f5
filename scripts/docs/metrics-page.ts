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
    .map(({ name, type, labelNames, help }) => [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(', '), help])
  return page(
    'src/metrics',
    '# Metrics',
    'With `METRICS_PORT`, each process of the service answers `GET /metrics` on that port with these metrics, in the text format of Prometheus. [Monitor](../guides/monitor.md) says which of them to look at. The [glossary](../concepts/glossary.md) explains the terms.',
    table(['metric', 'type', 'labels', 'meaning'], rows),
    '## Labels',
    'Clients cannot add series. A value that a client chooses is a label only if the domain declares it: event types and surfaces. Any other value counts as `other`. No label names a user, an item or a session.',
    '`operation` is the first field of an operation: `recordEvent`, `recordEvents`, `recommendations` (the query), `subscribeRecommendations`, or `other`. Operations that cannot be parsed or validated are `other` too. `code` is `OK`, or the code of the first error: see [errors](errors.md).',
    '## Histograms',
    `The bounds of all durations are the same, so that you can add and compare them: ${BOUNDS.join(', ')} seconds.`,
    '## Figures of the process',
    'The same answer has the usual metrics of a process: `process_…` (CPU, memory, open files, start) and `nodejs_…` (heap, garbage collection, resources). The client library [prom-client](https://github.com/siimon/prom-client#default-metrics) makes them.',
  )
}
