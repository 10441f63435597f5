import type { SourceStanding } from '../../src/accumulators/feature-input.ts'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import { eventClock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { LoggedEvent, LoggedItem } from '../../src/import/log-lines.ts'
import type { Service } from '../../src/service/service.ts'
import { SHOP } from '../../src/state/slots.ts'
import { NEXT_ITEM_RULES } from '../learning/next-items.ts'
import { openPlaying, requestAfter } from '../learning/play-log.ts'

/** Names of the methods with which slates are compared. */
export const BASELINES = ['item_to_item', 'popularity', 'recently_seen'] as const
export type Baseline = (typeof BASELINES)[number]

/**
 * Methods that the slate is compared with: popularity (event weight, half-life of a day), item-to-item and recently seen, each
 * alone. They read a state in this process, which takes the same events in the same order.
 */
export class Baselines {
  readonly #service: Service
  readonly #clock: ReturnType<typeof eventClock>

  private constructor(service: Service, clock: ReturnType<typeof eventClock>) {
    this.#service = service
    this.#clock = clock
  }

  static async open(domain: Domain): Promise<Baselines> {
    const clock = eventClock()
    return new Baselines(await openPlaying(domain, clock), clock)
  }

  async upsert(item: LoggedItem): Promise<void> {
    await this.#service.uploads.upsertItems([item])
  }

  async record(event: LoggedEvent): Promise<void> {
    this.#clock.arrive(event.timestamp)
    await this.#service.ingest.record([event])
  }

  /** Items that the session may go on with after this event, the best first by each method. */
  async lists(event: LoggedEvent): Promise<Record<Baseline, string[]>> {
    const { recommender, store, catalogue } = this.#service
    const { itemIds, standings } = (await recommender.candidates({ ...requestAfter(event), rules: NEXT_ITEM_RULES })).gathered
    const [popular] = await store.readSets([{ entity: SHOP, set: TRENDING, limit: 100 }])
    return {
      item_to_item: inOrderOf(standings.get('item_to_item'), itemIds),
      popularity: popular.members.filter((itemId) => catalogue.recommendable(itemId)),
      recently_seen: inOrderOf(standings.get('recent'), itemIds),
    }
  }

  close(): Promise<void> {
    return this.#service.close()
  }
}

function inOrderOf(standing: SourceStanding | undefined, itemIds: readonly string[]): string[] {
  if (!standing) return []
  const { ranks } = standing
  const rows = itemIds.flatMap((_, row) => (Number.isNaN(ranks[row]) ? [] : [row]))
  return rows.sort((a, b) => ranks[a] - ranks[b]).map((row) => itemIds[row])
}
