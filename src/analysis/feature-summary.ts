/** Distribution of the values of one feature. */
export interface Distribution {
  /** Number of present values; `missing` counts the entities without one. */
  readonly count: number
  readonly missing: number
  /** Mean of the values; null without values. */
  readonly mean: number | null
  /**
   * Standard deviation of the values read, not an estimate for others: the sum of squared distances is divided by the number of
   * values.
   */
  readonly stddev: number | null
  readonly min: number | null
  readonly max: number | null
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[]
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}

/** Shares of the values, 0 to 1, for which a distribution gives the quantile. 0.5 is the median. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

/**
 * Computes the distribution of values.
 * @param values values that are not finite count as missing
 * @param bins number of histogram bins of equal width, from the smallest to the largest value; one bin if all are equal. A bin
 * includes its lower edge; the last bin includes both
 */
export function distribution(values: Float64Array, bins: number): Distribution {
  const sorted = values.filter(Number.isFinite).sort()
  const missing = values.length - sorted.length
  const count = sorted.length
  if (count === 0) return { count, missing, mean: null, stddev: null, min: null, max: null, quantiles: [], histogram: [] }
  const min = sorted[0]
  const max = sorted[count - 1]
  const { mean, stddev } = moments(sorted)
  const quantiles = QUANTILES.map((quantile) => ({ quantile, value: quantileOf(sorted, quantile) }))
  return { count, missing, mean, stddev, min, max, quantiles, histogram: histogram(sorted, bins) }
}

/** Welford's method: no sum that could lose digits or overflow. */
function moments(values: Float64Array): { mean: number; stddev: number | null } {
  let mean = 0
  let squares = 0
  values.forEach((value, i) => {
    const distance = value - mean
    mean += distance / (i + 1)
    squares += distance * (value - mean)
  })
  const stddev = Math.sqrt(squares / values.length)
  return { mean, stddev: Number.isFinite(stddev) ? stddev : null }
}

/** Between the two nearest values in proportion (type 7 of Hyndman and Fan, 1996). */
function quantileOf(sorted: Float64Array, quantile: number): number {
  const place = (sorted.length - 1) * quantile
  const below = Math.floor(place)
  const share = place - below
  return share === 0 ? sorted[below] : sorted[below] * (1 - share) + sorted[below + 1] * share
}

function histogram(sorted: Float64Array, bins: number): Distribution['histogram'] {
  const min = sorted[0]
  const max = sorted[sorted.length - 1]
  const width = max / bins - min / bins
  if (!(width > 0)) return [{ from: min, to: max, count: sorted.length }]
  const edge = (bin: number) => (bin === bins ? max : min + bin * width)
  const counts = new Array<number>(bins).fill(0)
  let bin = 0
  for (const value of sorted) {
    while (bin < bins - 1 && value >= edge(bin + 1)) bin++
    counts[bin]++
  }
  return counts.map((count, bin) => ({ from: edge(bin), to: edge(bin + 1), count }))
}
