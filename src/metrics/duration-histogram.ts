import { Histogram, type Registry } from 'prom-client'
import type { Named } from './count-table.ts'
import { type Label, labelsOf } from './label.ts'

/** Upper bounds of the buckets, in seconds: steps of a slate take less than a millisecond, an overloaded service seconds. */
export const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/**
 * A histogram of durations with one label. It counts in arrays, which takes some 20 ns; prom-client alone takes 400 ns and more for
 * each duration, since it looks for the series by its labels.
 */
export class DurationHistogram<Value extends string> extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #label: Label<Value>
  /** By value of the label: the counts of its buckets, the last of them without bound. */
  readonly #counts: Float64Array
  /** In seconds, by value of the label. */
  readonly #sums: Float64Array

  constructor(registry: Registry, { name, help }: Named, label: Label<Value>) {
    super({ name, help, buckets: [...BOUNDS], labelNames: label.name === '' ? [] : [label.name], registers: [registry] })
    this.#name = name
    this.#help = help
    this.#label = label
    this.#counts = new Float64Array(label.values.length * (BOUNDS.length + 1))
    this.#sums = new Float64Array(label.values.length)
  }

  /** @param ms a negative duration, of clocks that differ, counts as 0 */
  add(value: Value, ms: number): void {
    const seconds = Math.max(0, ms) / 1000
    const place = this.#label.place(value)
    let bucket = 0
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) bucket++
    this.#counts[place * (BOUNDS.length + 1) + bucket]++
    this.#sums[place] += seconds
  }

  override async get() {
    const values = this.#label.values.flatMap((value, place) => this.#series(labelsOf([this.#label], [value]), place))
    return { name: this.#name, help: this.#help, type: 'histogram', values, aggregator: 'sum' } as unknown as Awaited<
      ReturnType<Histogram['get']>
    >
  }

  /** Returns the values that prom-client writes as text. */
  getForPromString() {
    return this.get()
  }

  #series(labels: Record<string, string>, place: number) {
    let count = 0
    const start = place * (BOUNDS.length + 1)
    const buckets = [...BOUNDS, '+Inf'].map((le, bucket) => {
      count += this.#counts[start + bucket]
      return { labels: { le, ...labels }, value: count, metricName: `${this.#name}_bucket` }
    })
    return [
      ...buckets,
      { labels, value: this.#sums[place], metricName: `${this.#name}_sum` },
      { labels, value: count, metricName: `${this.#name}_count` },
    ]
  }
}
