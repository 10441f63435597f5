import { Counter, Gauge, type Registry } from 'prom-client'

/** One series of a metric at the moment of a scrape: its labels by name, and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

type Kind = 'gauge' | 'counter'

/**
 * The registry for a group of metrics, and the source of their values. Before the service is open, the source is undefined and
 * the metrics have no series.
 */
export interface Figures<Source> {
  readonly registry: Registry
  readonly source: () => Source | undefined
}

/** Registers a metric with one series, which is read at each scrape. */
export function single<Source>(
  figures: Figures<Source>,
  kind: Kind,
  name: `liverank_${string}`,
  help: string,
  read: (source: Source) => number | Promise<number>,
): void {
  of(figures, kind, name, help, [], async (source) => [{ labels: {}, value: await read(source) }])
}

/** Registers a metric whose series are read at each scrape. */
export function of<Source>(
  { registry, source }: Figures<Source>,
  kind: Kind,
  name: `liverank_${string}`,
  help: string,
  labelNames: readonly string[],
  read: (source: Source) => readonly Sample[] | Promise<readonly Sample[]>,
): void {
  const samplesNow = async () => {
    const from = source()
    return from === undefined ? [] : read(from)
  }
  const options = {
    ...{ name, help, labelNames, registers: [registry] },
    async collect(this: Gauge | Counter) {
      const samples = await samplesNow()
      this.reset()
      // Without labels, a reset leaves a series with 0.
      if (labelNames.length === 0) this.remove()
      for (const { labels, value } of samples) this.inc(labels, value)
    },
  }
  if (kind === 'gauge') new Gauge(options)
  else new Counter(options)
}
