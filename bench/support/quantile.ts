import { quantile as quantileOf } from 'd3-array'

/** Quantile between neighbours in proportion (type 7 of Hyndman and Fan, 1996); NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOf(values, share) ?? Number.NaN
}
