import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LatencyHistogram } from '../src/latency-histogram.ts'

it('returns percentiles that are at most 2 % too high', () => {
  const latency = fc.double({ min: 0.02, max: 60_000, noNaN: true })
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), (latencies) => {
      const histogram = new LatencyHistogram()
      for (const each of latencies) histogram.add(each)
      const sorted = latencies.toSorted((left, right) => left - right)
      const { count, p50, p95, p99 } = histogram.percentiles()!
      expect(count).toBe(latencies.length)
      for (const [share, told] of [
        [0.5, p50],
        [0.95, p95],
        [0.99, p99],
      ] as const) {
        const truth = sorted[Math.ceil(share * sorted.length) - 1]!
        expect(told).toBeGreaterThanOrEqual(truth * (1 - 1e-9))
        expect(told).toBeLessThanOrEqual(truth * 1.0201)
      }
    }),
  )
})

it('returns no percentiles without durations', () => {
  expect(new LatencyHistogram().percentiles()).toBeUndefined()
})
