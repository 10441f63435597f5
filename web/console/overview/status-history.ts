import type { FiguresFragment } from '../../generated/console.ts'

/** The figures of the service, as the query `status` returns them. */
export type ServiceFigures = FiguresFragment

/** The figures of one moment. */
export interface StatusSample {
  /** When the page read the figures, in ms since 1970. */
  readonly at: number
  readonly figures: ServiceFigures
}

/** How far the charts of the overview look back, in ms. */
export const SHOWN_MS = 5 * 60_000

/** What the page has read since it was opened: going to another section and back does not empty the charts. */
let kept: readonly StatusSample[] = []

/** Returns the figures of the last minutes, oldest first. Empty until the page has read some. */
export function keptSamples(): readonly StatusSample[] {
  return kept
}

/**
 * Adds figures that the page has just read, and drops those that no chart shows any more. Figures of another process or before a restart
 * stay: they are those of all processes together.
 */
export function keepFigures(figures: ServiceFigures): void {
  const at = Date.now()
  kept = [...kept.filter((sample) => sample.at > at - SHOWN_MS && sample.at < at), { at, figures }]
}
