import { type Markish, type PlotOptions, plot, text } from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** Colours of lines and bars, in the order in which charts use them. */
export const COLOURS = ['#0b6e99', '#c4511d', '#5b8c2a', '#7a4ea3', '#888888']

const { document } = parseHTML('<!doctype html><html><body></body></html>')

/** Makes the title inside a picture that stands alone. */
export function titleMark(title: string): Markish {
  return text([title], { frameAnchor: 'top', dy: -34, fontSize: 13, fontWeight: 'bold' })
}

/**
 * Draws a chart as an SVG picture. Its title is also a label for screen readers.
 * @returns the chart as an SVG picture, with its title for readers who cannot see it
 */
export function chart(title: string, options: PlotOptions): string {
  const svg = plot({ marginTop: 40, ...options, document, figure: false })
  // linkedom has no setter for the style that Plot would set.
  svg.setAttribute('style', 'background: #fff; color: #222')
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', title)
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title')
  name.textContent = title
  svg.prepend(name)
  return `${svg.outerHTML}\n`
}
