import type { Random } from '../random.ts'

/** Sums of several columns over rows, by cluster: rows that resemble one another, such as those of one user. */
export class ClusterSums {
  readonly columns: number
  readonly #placeOf = new Map<number, number>()
  /** By cluster: number of rows, then the sum of each column. */
  readonly values: number[] = []

  constructor(columns: number) {
    this.columns = columns
  }

  get clusters(): number {
    return this.#placeOf.size
  }

  /** Numbers of a cluster in `values`. */
  get width(): number {
    return this.columns + 1
  }

  /** Adds a row. @param row one value for each column */
  add(cluster: number, row: ArrayLike<number>): void {
    const { columns, width, values } = this
    let place = this.#placeOf.get(cluster)
    if (place === undefined) {
      place = this.#placeOf.size
      this.#placeOf.set(cluster, place)
      for (let i = 0; i < width; i++) values.push(0)
    }
    values[place * width]++
    for (let column = 0; column < columns; column++) values[place * width + 1 + column] += row[column]
  }
}

/** Draws as many clusters as there are, with replacement, for a bootstrap. @param times gets how often each cluster was drawn */
export function drawClusters(times: Float64Array, random: Random): void {
  times.fill(0)
  for (let i = 0; i < times.length; i++) times[Math.floor(random.uniform() * times.length)]++
}
