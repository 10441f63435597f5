const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 3 })

/** What stands where there is no value. */
export const NO_VALUE = '–'

/** A number of things, such as 12,345; from a million on in short form. */
export function countText(count: number): string {
  return Math.abs(count) < 1e6 ? whole.format(count) : compact.format(count)
}

/** A number with four significant digits. */
export function numberText(value: number | null | undefined): string {
  if (value == null) return NO_VALUE
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : precise.format(value)
}

/** A rate per second, with one decimal below ten. */
export function rateText(perSecond: number): string {
  return perSecond < 10 ? (Math.round(perSecond * 10) / 10).toString() : countText(perSecond)
}

/** A share from 0 to 1 in percent, such as 4.21%. */
export function shareText(share: number | null | undefined): string {
  return share == null ? NO_VALUE : percent.format(share)
}

/** A duration in ms, or in seconds from ten seconds on. */
export function durationText(ms: number | null | undefined): string {
  if (ms == null) return NO_VALUE
  if (ms >= 10_000) return `${whole.format(ms / 1000)} s`
  return `${ms < 10 ? Math.round(ms * 10) / 10 : whole.format(ms)} ms`
}

/** A number with its sign, such as +0.12. */
export function signedText(value: number): string {
  return `${value > 0 ? '+' : ''}${numberText(value)}`
}
