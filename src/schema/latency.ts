import type { Percentiles } from '../latency-histogram.ts'
import { builder } from './builder.ts'

export const Latency = builder.objectRef<Percentiles>('Latency').implement({
  description: 'Percentiles of a duration, in ms. Each is at most 2 % too high, because it is rounded up.',
  fields: (t) => ({
    p50: t.exposeFloat('p50', { description: 'The median, in ms: half of the durations are at most this long.' }),
    p95: t.exposeFloat('p95', { description: 'The 95th percentile, in ms: 95 % of the durations are at most this long.' }),
    p99: t.exposeFloat('p99', { description: 'The 99th percentile, in ms: 99 % of the durations are at most this long.' }),
  }),
})
