export type DropCause = 'slow' | 'failed'

/** How often a source was left out of a slate since the start of the process. */
export interface SourceDrops {
  slow: number
  failed: number
}

/** Reports of one source are at least this far apart, in ms. */
const REPORT_EVERY = 60_000

/** Counts sources that were left out, and reports each now and then rather than for every slate. */
export class SourceHealth {
  readonly drops = new Map<string, SourceDrops>()
  readonly #now: () => number
  readonly #report: (source: string, drops: SourceDrops, error: unknown) => void
  readonly #reportedAt = new Map<string, number>()

  /** @param now monotonic time, in ms @param report told of the first, and then at most once a minute for each source */
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
