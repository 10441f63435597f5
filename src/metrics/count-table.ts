import { Counter, type Registry } from 'prom-client'
import { type Label, labelsOf } from './label.ts'

/** Name and meaning of a metric. docs/reference/metrics.md is made of both. */
export interface Named {
  readonly name: `liverank_${string}`
  readonly help: string
}

/**
 * A counter with two labels. It counts in an array, and passes the counts to prom-client when a scrape reads them. So counting
 * costs two map lookups and allocates nothing. All series exist from the start, so that a rate includes the first count.
 */
export class CountTable<First extends string, Second extends string> {
  readonly #first: Label<First>
  readonly #second: Label<Second>
  readonly #counts: Float64Array

  constructor(registry: Registry, named: Named, first: Label<First>, second: Label<Second>) {
    this.#first = first
    this.#second = second
    const counts = new Float64Array(first.values.length * second.values.length)
    this.#counts = counts
    const labels = [first, second].flatMap(({ name }) => name || [])
    const series = first.values.flatMap((of) => second.values.map((and) => labelsOf([first, second], [of, and])))
    new Counter({
      ...named,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset()
        series.forEach((labels, place) => void this.inc(labels, counts[place]))
      },
    })
  }

  add(first: First, second: Second, by = 1): void {
    this.#counts[this.#first.place(first) * this.#second.values.length + this.#second.place(second)] += by
  }
}
