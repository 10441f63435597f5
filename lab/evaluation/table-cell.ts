import type { Interval } from './hit-rate-and-mrr.ts'

/** Returns a value with its interval, as wide as a column of a terminal table. */
export function tableCell(value: number, [low, high]: Interval): string {
  return `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`.padEnd(30)
}
