import type { Percentiles } from '../latency-histogram.ts'
import { builder } from './builder.ts'

export const Latency = builder.objectRef<Percentiles>('Latency').implement({
  description: 'Percentiles of a duration, in ms. Each is at most 2 % too high, because durations are counted in buckets.',
  fields: (t) => ({ p50: t.exposeFloat('p50'), p95: t.exposeFloat('p95'), p99: t.exposeFloat('p99') }),
})
