/** The label value that stands for all values without a series of their own. */
export const OTHER = 'other'

/**
 * A label of a metric with its values, which are fixed when the service starts. So no client can add a series: a value that is not
 * among them counts as the last one.
 */
export class Label<Value extends string = string> {
  readonly name: string
  readonly values: readonly Value[]
  readonly #places: ReadonlyMap<string, number>

  constructor(name: string, values: readonly Value[]) {
    this.name = name
    this.values = values
    this.#places = new Map(values.map((value, place) => [value, place]))
  }

  /** A label whose values clients choose: the declared ones are kept, and all others count as `other`. */
  static declared(name: string, values: readonly string[]): Label {
    return new Label(name, [...values.filter((value) => value !== OTHER), OTHER])
  }

  /** Returns the place of a value among all values. */
  place(value: Value): number {
    return this.#places.get(value) ?? this.values.length - 1
  }
}

/** A label with one value, of metrics that are not split. It is not shown. */
export const WHOLE = new Label<''>('', [''])

/** Returns the labels of a series, as prom-client takes them. */
export function labelsOf(labels: readonly Label[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.flatMap(({ name }, i) => (name === '' ? [] : [[name, values[i]]])))
}
