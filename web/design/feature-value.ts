const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 3 })
const SHARES = new Set(['share', 'clicks per impression', 'per view'])

/** Units of time that a value may have, in seconds. */
const SECONDS: Readonly<Record<string, number>> = { seconds: 1, hours: 3600, days: 86_400 }
const DURATIONS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/**
 * Writes the value of a feature as people say it, such as `first`, `12%`, `1.5 times` or `3 hours`.
 * @param unit as the API names it; null for none
 */
export function featureValueText(value: number, unit: string | null | undefined): string {
  if (unit === 'yes or no') return value === 1 ? 'yes' : 'no'
  if (unit === 'place') return placeText(value)
  if (unit === 'ratio') return `${number.format(value)} times`
  if (unit != null && SHARES.has(unit)) return percent.format(value)
  const seconds = unit == null ? undefined : SECONDS[unit]
  return seconds === undefined ? number.format(value) : durationText(value * seconds)
}

/** @param share of the others that stand before */
function placeText(share: number): string {
  if (share === 0) return 'first'
  return share === 1 ? 'last' : `in the top ${Math.max(1, Math.ceil(share * 100))}%`
}

function durationText(seconds: number): string {
  const [unit, length] = DURATIONS.find(([, one]) => Math.abs(seconds) >= one) ?? DURATIONS[3]
  const rounded = { style: 'unit', unit, unitDisplay: 'long', maximumSignificantDigits: 2 } as const
  return new Intl.NumberFormat('en', rounded).format(seconds / length)
}
