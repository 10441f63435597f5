import type { NextItem } from '../learning/next-items.ts'
import { BASELINES, type Baseline } from './baselines.ts'
import { HitRate } from './hit-rate.ts'

/** Everything that is judged: the slate of the server, and the baselines. */
export const METHODS = ['slate', ...BASELINES] as const
export type Method = (typeof METHODS)[number]

/**
 * Sets of rows. `all`: every row. `new`: rows whose next item is new to the session, with the session's items taken out of every
 * list.
 */
export const ROW_SETS = ['all', 'new'] as const
export type RowSet = (typeof ROW_SETS)[number]

/** A row: the next item of a session, and the lists that were there before the session acted on it. */
export interface Row {
  readonly next: NextItem
  /** The slate on the screen. */
  readonly slate: readonly string[]
  /** The slate without the session's items; asked for only where the next item is new to the session. */
  readonly newSlate: readonly string[]
  readonly baselines: Record<Baseline, readonly string[]>
  /** Items that the session has acted on. */
  readonly ofSession: ReadonlySet<string>
}

/** Counts how often the next item was on the slate, and on the baselines' lists, on the same rows. */
export class Judge {
  readonly rates: Record<RowSet, Record<Method, HitRate>> = { all: noRates(), new: noRates() }

  judge({ next, slate, newSlate, baselines, ofSession }: Row): void {
    this.rates.all.slate.judge(slate, next.itemId)
    if (next.isNew) this.rates.new.slate.judge(newSlate, next.itemId)
    for (const method of BASELINES) {
      this.rates.all[method].judge(baselines[method], next.itemId)
      if (!next.isNew) continue
      const unseen = baselines[method].filter((itemId) => !ofSession.has(itemId))
      this.rates.new[method].judge(unseen, next.itemId)
    }
  }
}

function noRates(): Record<Method, HitRate> {
  return { slate: new HitRate(), item_to_item: new HitRate(), popularity: new HitRate(), recently_seen: new HitRate() }
}
