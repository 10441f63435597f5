/** Distances between two ticks, in seconds: those that people count in. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400]
/** Room for a time with seconds, in CSS pixels: its letters, and some space to the next one. */
const LABEL_PX = 68

/**
 * Returns round times for the axis of a chart, as many as can stand beside each other. No two are in the same second.
 * @param from start of the axis, in ms since 1970
 * @param until its end
 * @param widthPx width of the axis in CSS pixels
 */
export function timeTicks(from: number, until: number, widthPx: number): Date[] {
  const most = Math.max(1, Math.floor(widthPx / LABEL_PX))
  const step = 1000 * (STEPS.find((seconds) => (until - from) / (seconds * 1000) <= most) ?? STEPS.at(-1)!)
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.max(0, Math.floor((until - first) / step) + 1) }, (_, i) => new Date(first + i * step))
}
