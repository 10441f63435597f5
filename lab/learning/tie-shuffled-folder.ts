import { meaningOf } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import { Random } from '../random.ts'
import { actsOnItem } from './next-items.ts'

/** Before all draws, which are from 0. */
const FIRST = -1

/**
 * A data folder of which nobody knows in what order a user acted on several items at the same time. Its file has such events in the
 * order of their ids, which often is the order of a page or of the items. A method that learns this order predicts nothing that a
 * user does. So training and evaluation see these items in an order that depends only on the user, the time and the items.
 */
export class TieShuffledFolder extends DataFolder {
  readonly #domain: Domain

  /** Reads nothing yet. @param domain tells actions from impressions @param surfaceAttribute as for `DataFolder` */
  constructor(folder: string, domain: Domain, surfaceAttribute?: string) {
    super(folder, surfaceAttribute)
    this.#domain = domain
  }

  /**
   * Yields the events as `DataFolder` does, but for those of a user who acts on several items at one time: impressions and events
   * without an item come first, then the items in a random order, the same in each pass. Events on one item keep their order.
   */
  override async *events(problems: LogProblems): AsyncGenerator<LoggedEvent> {
    let tied: LoggedEvent[] = []
    for await (const event of super.events(problems)) {
      if (tied.length > 0 && tied[0].timestamp !== event.timestamp) {
        yield* this.#shuffled(tied)
        tied = []
      }
      tied.push(event)
    }
    yield* this.#shuffled(tied)
  }

  /** Each user's events stay in the places of the user's events, so that no event of another user moves. */
  #shuffled(tied: readonly LoggedEvent[]): readonly LoggedEvent[] {
    if (tied.length < 2) return tied
    const placed = [...tied]
    const placesOf = new Map<string, number[]>()
    for (const [place, { userId }] of tied.entries()) placesOf.set(userId, [...(placesOf.get(userId) ?? []), place])
    for (const places of placesOf.values()) {
      const events = places.map((place) => tied[place])
      const items = new Set(events.filter((event) => actsOnItem(this.#domain, event)).map(({ itemId }) => itemId!))
      if (items.size < 2) continue
      const { userId, timestamp } = events[0]
      const drawn = new Map([...items].map((itemId) => [itemId, new Random(userId, timestamp, itemId).uniform()]))
      const keyOf = ({ itemId, eventType }: LoggedEvent) =>
        meaningOf(this.#domain, eventType).role === 'impression' ? FIRST : (drawn.get(itemId ?? '') ?? FIRST)
      const ordered = events.toSorted((a, b) => keyOf(a) - keyOf(b))
      for (const [i, place] of places.entries()) placed[place] = ordered[i]
    }
    return placed
  }
}
