import { MAX_NEIGHBOURS } from '../../src/catalogue/neighbour-lists.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import type { NeighbourListInput } from '../../src/events/neighbour-uploads.ts'
import type { Ease } from '../evaluation/ease.ts'
import { TuningLog } from '../evaluation/tuning-log.ts'
import { findNextItems } from '../learning/next-items.ts'
import type { ActingEvents } from './acting-events.ts'

/** Significant digits of a score: more would make the upload longer, and change no order that matters. */
const DIGITS = 6

/** Neighbour lists as the service takes them, and what they were computed from. */
export interface ComputedNeighbours {
  readonly lists: readonly NeighbourListInput[]
  /** Number of later items after which the weight of an item has fallen to 1/e; 0 for no fall. */
  readonly decay: number
  /** Number of actions and items of the log. */
  readonly actions: number
  readonly items: number
  /** Share of the actions that are on items with a list. */
  readonly covered: number
}

/**
 * Computes neighbour lists from the sessions of a log, by EASE. Its penalty, and how fast the weight of earlier items falls, are chosen
 * on the last fifth of the actions.
 * @param fit fits EASE
 * @throws LiverankError UNUSABLE_DATA if no session has two items
 */
export async function computeNeighbours(
  events: ActingEvents,
  domain: Domain,
  fit: (log: TuningLog) => Promise<Ease>,
): Promise<ComputedNeighbours> {
  const actionsOn = new Map<string, number>()
  for await (const { itemId } of events.read()) actionsOn.set(itemId, (actionsOn.get(itemId) ?? 0) + 1)
  const next = await findNextItems(events.read(), () => true)
  const everything = { before: events.count, startsAt: Number.POSITIVE_INFINITY }
  const ease = await fit(await TuningLog.read(events.read(), domain, next, everything))
  try {
    const lists = Array.from(ease.neighbours(MAX_NEIGHBOURS), ({ itemId, neighbours }) => ({
      itemId,
      neighbours: neighbours.map(({ itemId, weight }) => ({ itemId, score: Number(weight.toPrecision(DIGITS)) })),
    }))
    if (lists.length === 0)
      throw new LiverankError(
        'UNUSABLE_DATA',
        'No two items occur together in a session, so no item has neighbours: use a log in which users act on several items.',
      )
    const onLists = lists.reduce((sum, { itemId }) => sum + actionsOn.get(itemId)!, 0)
    const { decay } = ease.options.new
    return { lists, decay, actions: events.count, items: actionsOn.size, covered: onLists / events.count }
  } finally {
    ease.close()
  }
}
