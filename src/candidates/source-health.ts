export type DropCause = 'slow' | 'failed'

/** How often a source was dropped from slates since the process started, by cause. */
export interface SourceDrops {
  slow: number
  failed: number
}

/** Reports of one source are at least this far apart, in ms. */
const REPORT_EVERY = 60_000

/** Counts dropped sources, and reports them at most once a minute per source. */
export class SourceHealth {
  readonly drops = new Map<string, SourceDrops>()
  readonly #now: () => number
  readonly #report: (source: string, drops: SourceDrops, error: unknown) => void
  readonly #reportedAt = new Map<string, number>()

  /** @param now monotonic time, in ms @param report called at the first drop of each source, then at most once a minute */
  constructor(now: () => number, report: (source: string, drops: SourceDrops, error: unknown) => void) {
    this.#now = now
    this.#report = report
  }

  dropped(source: string, cause: DropCause, error: unknown): void {
    let drops = this.drops.get(source)
    if (!drops) {
      drops = { slow: 0, failed: 0 }
      this.drops.set(source, drops)
    }
    drops[cause]++
    const now = this.#now()
    if (now < (this.#reportedAt.get(source) ?? Number.NEGATIVE_INFINITY) + REPORT_EVERY) return
    this.#reportedAt.set(source, now)
    this.#report(source, drops, error)
  }
}
