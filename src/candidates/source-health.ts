import { onceAMinute } from '../logging/once-a-minute.ts'

/** Why a slate was made without a source: the source exceeded its time budget (`slow`), or threw an error (`failed`). */
export type DropCause = 'slow' | 'failed'

/** Number of slates that a source was dropped from since the process started, by cause. */
export interface SourceDrops {
  slow: number
  failed: number
}

/** Counts dropped sources, and reports them at most once a minute per source. */
export class SourceHealth {
  readonly drops = new Map<string, SourceDrops>()
  readonly #isDue: (source: string) => boolean
  readonly #report: (source: string, drops: SourceDrops, error: unknown) => void

  /** @param now monotonic time, in ms @param report called at the first drop of each source, then at most once a minute */
  constructor(now: () => number, report: (source: string, drops: SourceDrops, error: unknown) => void) {
    this.#isDue = onceAMinute(now)
    this.#report = report
  }

  dropped(source: string, cause: DropCause, error: unknown): void {
    let drops = this.drops.get(source)
    if (!drops) {
      drops = { slow: 0, failed: 0 }
      this.drops.set(source, drops)
    }
    drops[cause]++
    if (this.#isDue(source)) this.#report(source, drops, error)
  }
}
