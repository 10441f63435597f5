import type { ServiceFiguresQuery } from '../../generated/console-overview.ts'

/** The figures of the service, as the query `status` returns them. */
export type ServiceFigures = NonNullable<ServiceFiguresQuery['status']>

/** The figures of one moment. */
export interface StatusSample {
  /** When the page read the figures, in ms since 1970. */
  readonly at: number
  readonly figures: ServiceFigures
}

/** How far the charts of the overview look back, in ms. */
export const SHOWN_MS = 5 * 60_000

/**
 * Adds a sample, and drops those that no chart shows any more. A sample of another process or a restart stays: the figures are those of
 * all processes together.
 */
export function withSample(samples: readonly StatusSample[], sample: StatusSample): StatusSample[] {
  return [...samples.filter(({ at }) => at > sample.at - SHOWN_MS && at < sample.at), sample]
}
