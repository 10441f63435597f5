/** A method's figure with its 95 % interval. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly low: number
  readonly high: number
  /** Whether it is what the plot is about. */
  readonly isMain: boolean
}

/** Points of one line, by their place on the axis. */
export interface Line {
  readonly label: string
  readonly points: readonly { readonly value: number; readonly low: number; readonly high: number }[]
}

const WIDTH = 640
const LABELS = 150
const ROW = 24

/** One figure for each method, as a point with its interval: a plot for one measure. @param title stands above it @param axis says what is measured */
export function intervalPlot(title: string, axis: string, bars: readonly Bar[]): string {
  const most = niceMost(Math.max(...bars.map(({ high }) => high)))
  const x = (value: number) => LABELS + (value / most) * (WIDTH - LABELS - 60)
  const height = bars.length * ROW + 52
  const bottom = bars.length * ROW + 16
  const ticks = ticksTo(most).map(
    (tick) =>
      `<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="12" y2="${bottom}"/><text class="tick" text-anchor="middle" x="${px(x(tick))}" y="${bottom + 15}">${tick}</text>`,
  )
  const rows = bars.map(({ label, value, low, high, isMain }, i) => {
    const y = i * ROW + 26
    const kind = isMain ? 'main' : 'other'
    return `<g class="${kind}"><text class="label" text-anchor="end" x="${LABELS - 10}" y="${y + 4}">${escapeHtml(label)}</text>
<line class="interval" x1="${px(x(low))}" x2="${px(x(high))}" y1="${y}" y2="${y}"/><circle cx="${px(x(value))}" cy="${y}" r="4.5"/>
<text class="value" x="${px(x(high) + 8)}" y="${y + 4}">${value.toFixed(3)}</text><title>${escapeHtml(label)}: ${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})</title></g>`
  })
  return figure(title, height, [
    ...ticks,
    ...rows,
    `<text class="axis" text-anchor="middle" x="${(LABELS + WIDTH - 60) / 2}" y="${height - 4}">${escapeHtml(axis)}</text>`,
  ])
}

/** How figures change along a few named steps, with intervals. */
export function linePlot(
  title: string,
  axes: { x: string; y: string },
  steps: readonly string[],
  lines: readonly Line[],
): string {
  const all = lines.flatMap(({ points }) => points)
  const low = Math.min(...all.map((point) => point.low))
  const high = Math.max(...all.map((point) => point.high))
  const pad = (high - low) * 0.1 || 0.01
  const [from, to] = [Math.max(0, low - pad), high + pad]
  const height = 260
  const [left, right, top, bottom] = [64, WIDTH - 20, 40, height - 52]
  const y = (value: number) => bottom - ((value - from) / (to - from)) * (bottom - top)
  const at = (step: number, line: number) =>
    left + 40 + (step * (right - left - 80)) / Math.max(1, steps.length - 1) + (line - (lines.length - 1) / 2) * 10
  const ticks = Array.from({ length: 5 }, (_, i) => from + ((to - from) * i) / 4).map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${px(y(tick))}" y2="${px(y(tick))}"/><text class="tick" text-anchor="end" x="${left - 6}" y="${px(y(tick) + 4)}">${tick.toFixed(3)}</text>`,
  )
  const names = steps.map(
    (step, i) =>
      `<text class="tick" text-anchor="middle" x="${px(at(i, (lines.length - 1) / 2))}" y="${bottom + 18}">${escapeHtml(step)}</text>`,
  )
  const drawn = lines.map(({ label, points }, line) => {
    const path = points.map(({ value }, i) => `${i === 0 ? 'M' : 'L'}${px(at(i, line))} ${px(y(value))}`).join('')
    const marks = points.map(
      (point, i) =>
        `<g><line class="interval" x1="${px(at(i, line))}" x2="${px(at(i, line))}" y1="${px(y(point.low))}" y2="${px(y(point.high))}"/><circle cx="${px(at(i, line))}" cy="${px(y(point.value))}" r="4"/><title>${escapeHtml(`${label}, ${steps[i]}`)}: ${point.value.toFixed(4)} (${point.low.toFixed(4)} to ${point.high.toFixed(4)})</title></g>`,
    )
    const key = `<g><circle cx="${left + 8 + line * 190}" cy="18" r="4"/><text class="label" x="${left + 18 + line * 190}" y="22">${escapeHtml(label)}</text></g>`
    return `<g class="line${line}"><path d="${path}"/>${marks.join('')}${key}</g>`
  })
  return figure(title, height, [
    ...ticks,
    ...names,
    ...drawn,
    `<text class="axis" text-anchor="middle" x="${(left + right) / 2}" y="${height - 8}">${escapeHtml(axes.x)}</text>`,
    `<text class="axis" text-anchor="middle" transform="translate(14 ${(top + bottom) / 2}) rotate(-90)">${escapeHtml(axes.y)}</text>`,
  ])
}

function figure(title: string, height: number, parts: readonly string[]): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('\n')}</svg></figure>`
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function px(value: number): string {
  return value.toFixed(1)
}

/** The next of 1, 2, 5 and their tenfold parts above a value. */
function niceMost(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)))
  return [1, 2, 4, 5, 6, 8, 10].map((times) => times * unit).find((most) => most >= value * 1.02) ?? 10 * unit
}

function ticksTo(most: number): number[] {
  return Array.from({ length: 5 }, (_, i) => Number(((most * i) / 4).toPrecision(3)))
}
