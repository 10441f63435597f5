import { MAX_NEIGHBOURS, NeighbourLists } from '../../src/catalogue/neighbour-lists.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import type { NeighbourPart } from '../../src/state/neighbour-part.ts'
import type { Ease, EaseOptions } from '../evaluation/ease.ts'
import { TuningLog } from '../evaluation/tuning-log.ts'
import { Dismissals } from '../learning/dismissals.ts'
import { actsOnItem, findNextItems } from '../learning/next-items.ts'

/** Neighbour lists that are served to a log from a cut on: right before one of its events. */
export interface ListsFromCut {
  /** Number of events of the log before the cut. The lists are computed from these alone. */
  readonly before: number
  readonly lists: NeighbourLists
}

/** Fits EASE to a log. @param options to use; chosen on the log if absent */
export type FitEase = (log: TuningLog, options?: EaseOptions) => Promise<Ease>

/** Returns what the service has after the lists of `liverank offline` for this matrix were uploaded, if they never expired. */
export function servedLists(ease: Ease): NeighbourLists {
  const part: NeighbourPart = { itemIds: [], counts: [], neighbourIds: [], scores: [] }
  for (const { itemId, neighbours } of ease.neighbours(MAX_NEIGHBOURS)) {
    part.itemIds.push(itemId)
    part.counts.push(neighbours.length)
    for (const { itemId: neighbourId, weight } of neighbours) {
      part.neighbourIds.push(neighbourId)
      part.scores.push(weight)
    }
  }
  const { decay } = ease.options.new
  return NeighbourLists.of({ version: 'ease', parts: 1, generatedAt: Number.POSITIVE_INFINITY, servedAt: 0, decay }, [part])
}

/**
 * Computes neighbour lists at some cuts of a log, as the daily job would have done at that moment, each from the events before the cut
 * alone. Options are chosen at the first cut that has what they are chosen on, and kept, so that scores mean the same at all cuts.
 * Between two cuts, the lists are older than those of a daily job.
 * @param events reads the log
 * @param cuts numbers of events before the cuts, ascending
 * @throws LiverankError UNUSABLE_DATA or DAMAGED_LOG if the log cannot be read, PYTHON_ENVIRONMENT if Python fails
 */
export async function listsAtCuts(
  events: () => AsyncIterable<LoggedEvent>,
  domain: Domain,
  cuts: readonly number[],
  fit: FitEase,
): Promise<ListsFromCut[]> {
  const served: ListsFromCut[] = []
  let options: EaseOptions | undefined
  for (const before of cuts) {
    const log = await logBefore(events, domain, before)
    if (log.sessions('all').every((items) => items.length < 2)) continue
    const ease = await fit(log, options)
    try {
      if (log.rows > 0) options ??= ease.options.new
      const lists = servedLists(ease)
      if (lists.lists > 0) served.push({ before, lists })
    } finally {
      ease.close()
    }
  }
  return served
}

/** Reads nothing of a log but its first events. */
async function logBefore(events: () => AsyncIterable<LoggedEvent>, domain: Domain, before: number): Promise<TuningLog> {
  const all = async function* () {
    let number = 0
    for await (const event of events()) {
      if (number++ === before) return
      yield event
    }
  }
  const dismissals = await Dismissals.of(all(), domain)
  const first = () => dismissals.leaveOut(all())
  const next = await findNextItems(first(), (event) => actsOnItem(domain, event))
  return TuningLog.read(first(), domain, next, { before, startsAt: Number.POSITIVE_INFINITY })
}
