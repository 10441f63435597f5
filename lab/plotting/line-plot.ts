/** A line, or points joined by one. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LinePlot {
  readonly title: string
  readonly x: string
  readonly y: string
  /** Where its axis begins; 0 if absent. */
  readonly least?: number
  readonly series: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 400
const MARGIN = { top: 40, right: 170, bottom: 50, left: 80 }
const COLOURS = ['#0b6e99', '#c4511d', '#5b8c2a', '#7a4ea3', '#888888']

/** An SVG picture of some lines over one pair of axes, of which that of x begins at 0. */
export function linePlot({ title, x, y, least = 0, series }: LinePlot): string {
  const points = series.flatMap(({ points }) => points)
  const [right, top] = [Math.max(...points.map(([at]) => at)), Math.max(...points.map(([, value]) => value))]
  const across = WIDTH - MARGIN.left - MARGIN.right
  const up = HEIGHT - MARGIN.top - MARGIN.bottom
  const px = (at: number) => (MARGIN.left + (at / right) * across).toFixed(1)
  const py = (value: number) => (HEIGHT - MARGIN.bottom - ((value - least) / (top - least)) * up).toFixed(1)
  const text = (left: number | string, from: number | string, words: string, more = '') =>
    `<text x="${left}" y="${from}" ${more}>${escaped(words)}</text>`
  const parts = [
    text(MARGIN.left, 24, title, 'font-weight="bold"'),
    text(MARGIN.left + across / 2, HEIGHT - 10, x, 'text-anchor="middle"'),
    text(14, MARGIN.top + up / 2, y, `text-anchor="middle" transform="rotate(-90 14 ${MARGIN.top + up / 2})"`),
    ...ticks(0, right).map((at) => text(px(at), HEIGHT - MARGIN.bottom + 18, short(at), 'text-anchor="middle"')),
    ...ticks(least, top).flatMap((value) => [
      `<line x1="${MARGIN.left}" x2="${MARGIN.left + across}" y1="${py(value)}" y2="${py(value)}" stroke="#ddd"/>`,
      text(MARGIN.left - 8, Number(py(value)) + 4, short(value), 'text-anchor="end"'),
    ]),
    ...series.flatMap(({ name, points }, i) => {
      const colour = COLOURS[i % COLOURS.length]
      const line = points.map(([at, value]) => `${px(at)},${py(value)}`).join(' ')
      const legend = MARGIN.top + 20 * i
      return [
        `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        `<rect x="${MARGIN.left + across + 16}" y="${legend - 9}" width="14" height="4" fill="${colour}"/>`,
        text(MARGIN.left + across + 36, legend, name),
      ]
    }),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}

/** Four to ten round numbers from the least to the largest. */
function ticks(least: number, largest: number): number[] {
  const raw = (largest - least) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10)
  const first = Math.ceil(least / step - 1e-9)
  return Array.from({ length: Math.floor(largest / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
}

function short(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(3)))
}

function escaped(words: string): string {
  return words.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}
