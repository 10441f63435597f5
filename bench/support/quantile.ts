import { quantile as quantileOf } from 'd3-array'

/** Quantile between neighbours in proportion (type 7 of Hyndman and Fan, 1996); NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOf(values, share) ?? Number.NaN
}

/** The middle and the ends of what rounds came to. */
export function spread(values: readonly number[]): { readonly median: number; readonly least: number; readonly most: number } {
  return { median: quantile(values, 0.5), least: quantile(values, 0), most: quantile(values, 1) }
}

/** The middle of what many turns came to, and what a tenth stays below. */
export function medianAndTenth(values: readonly number[]): { readonly median: number; readonly p10: number } {
  return { median: quantile(values, 0.5), p10: quantile(values, 0.1) }
}
