import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

/** How often a timer asks how late it is, in ms. */
const EVERY_MS = 10
const NANOSECONDS = 1e9
const QUANTILES = [0.5, 0.99, 1] as const

/** Registers how late the event loop was since the last scrape. @returns function that begins to measure */
export function eventLoopDelay(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: EVERY_MS })
  new Gauge({
    name: 'liverank_event_loop_delay_seconds',
    help: 'Seconds that timers and requests waited because the process was busy (delay of the event loop of Node), since the metrics were last read. `quantile` is 0.5 (median), 0.99, or 1 (longest delay).',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of QUANTILES) {
        // Node counts the time between two timers; it is NaN before the first.
        const between = quantile === 1 ? delays.max : delays.percentile(quantile * 100)
        this.set({ quantile: String(quantile) }, Math.max(0, between / NANOSECONDS - EVERY_MS / 1000) || 0)
      }
      delays.reset()
    },
  })
  return () => void delays.enable()
}

/** Tells whether a metric is one of prom-client about the same delay. Those contain the time between two timers. */
export function isDelayOfPromClient(name: string): boolean {
  return name.startsWith('nodejs_eventloop_lag')
}
