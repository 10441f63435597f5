import type { Percentiles } from '../latency-histogram.ts'
import { builder } from './builder.ts'

export const Latency = builder.objectRef<Percentiles>('Latency').implement({
  description: 'Percentiles of a duration, in ms. Each is at most 2 % too high, because durations are counted in buckets.',
  fields: (t) => ({
    p50: t.exposeFloat('p50', { description: 'Half of the durations are at most this, in ms.' }),
    p95: t.exposeFloat('p95', { description: '95 % of the durations are at most this, in ms.' }),
    p99: t.exposeFloat('p99', { description: '99 % of the durations are at most this, in ms.' }),
  }),
})
