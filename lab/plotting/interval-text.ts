/** Writes a value with the bounds of its interval, such as "0.4149 (0.3222 to 0.5209)", or without them if they are NaN. */
export function intervalText(value: number, low: number, high: number): string {
  const bounds = Number.isNaN(low) || Number.isNaN(high) ? 'no interval' : `${low.toFixed(4)} to ${high.toFixed(4)}`
  return `${value.toFixed(4)} (${bounds})`
}
