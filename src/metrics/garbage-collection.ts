import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from 'node:perf_hooks'
import type { Registry } from 'prom-client'
import { DurationHistogram } from './duration-histogram.ts'
import { Label } from './label.ts'

const KIND_OF = new Map<number, 'minor' | 'major' | 'incremental' | 'weakcb'>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])
const KINDS = new Label('kind', [...KIND_OF.values()])

/** The type of entries about garbage, which the types of Node do not describe. */
interface Collection extends PerformanceEntry {
  readonly detail: NodeGCPerformanceDetail
}

/** Registers how long collections of garbage took. @returns function that begins to measure */
export function garbageCollection(registry: Registry): () => void {
  const durations = new DurationHistogram(
    registry,
    {
      name: 'liverank_gc_duration_seconds',
      help: 'Time of a garbage collection. Major ones take longest.',
    },
    KINDS,
  )
  // Node reports several collections at once if the process was busy.
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as Collection[]) {
      const kind = KIND_OF.get(detail.kind)
      if (kind !== undefined) durations.add(kind, duration)
    }
  })
  return () => observer.observe({ entryTypes: ['gc'] })
}

/** Tells whether a metric is the one of prom-client about garbage, which counts only the first collection of each report. */
export function isGarbageOfPromClient(name: string): boolean {
  return name === 'nodejs_gc_duration_seconds'
}
