import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Domain } from '../domain/domain.ts'
import type { ServerObserver } from '../server/server-observer.ts'
import type { ServiceObserver } from '../service/service.ts'
import { eventLoopDelay, isDelayOfPromClient } from './event-loop-delay.ts'
import { EventMetrics } from './event-metrics.ts'
import { garbageCollection, isGarbageOfPromClient } from './garbage-collection.ts'
import { LiveMetrics } from './live-metrics.ts'
import { ServerMetrics } from './server-metrics.ts'
import { serviceMetrics, type Watched } from './service-metrics.ts'
import { SlateMetrics } from './slate-metrics.ts'

/**
 * The metrics of one process, in the text format of Prometheus. Pass it to the service and to the server as their observer. Label values
 * are fixed by the domain and by the code, so clients cannot add series.
 */
export class Metrics implements ServiceObserver {
  readonly registry = new Registry()
  readonly recorded: ServiceObserver['recorded']
  readonly slates: SlateMetrics
  readonly live: LiveMetrics
  readonly server: ServerObserver
  readonly #startDelays: () => void
  readonly #startGarbage: () => void
  #watched: Watched | undefined
  #scrape: Promise<string> | undefined

  /** @param domain declares the event types and surfaces that have series of their own */
  constructor(domain: Pick<Domain, 'eventTypes' | 'surfaces'>) {
    const { registry } = this
    const events = new EventMetrics(registry, domain)
    this.recorded = (inputs, outcomes, tookMs) => events.recorded(inputs, outcomes, tookMs)
    this.slates = new SlateMetrics(registry, domain)
    this.live = new LiveMetrics(registry)
    this.server = new ServerMetrics(registry)
    serviceMetrics(registry, () => this.#watched)
    this.#startDelays = eventLoopDelay(registry)
    this.#startGarbage = garbageCollection(registry)
  }

  /** Begins to measure the process: its CPU, memory, files, garbage collection and the delay of its event loop. */
  measureProcess(): void {
    const { registry } = this
    this.#startDelays()
    this.#startGarbage()
    collectDefaultMetrics({ register: registry })
    for (const { name } of registry.getMetricsAsArray())
      if (isDelayOfPromClient(name) || isGarbageOfPromClient(name)) registry.removeSingleMetric(name)
  }

  /** Begins to report the state of an open service. */
  watch(watched: Watched): void {
    this.#watched = watched
  }

  get contentType(): string {
    return this.registry.contentType
  }

  /** Returns all metrics now. Scrapes at the same time share one answer. */
  text(): Promise<string> {
    this.#scrape ??= this.registry.metrics().finally(() => {
      this.#scrape = undefined
    })
    return this.#scrape
  }
}
