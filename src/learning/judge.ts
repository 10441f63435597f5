import type { SourceStanding } from '../accumulators/feature-input.ts'
import { sessionItems } from '../accumulators/session.ts'
import { TRENDING } from '../accumulators/trending.ts'
import type { Service } from '../service.ts'
import type { Ranking } from '../slate/recommender.ts'
import { SHOP } from '../state/slots.ts'
import { HitRate } from './hit-rate.ts'
import type { NextItem } from './next-items.ts'

export const METHODS = ['slate', 'item_to_item', 'popularity', 'recently_seen'] as const
export type Method = (typeof METHODS)[number]

/** `all` rows; and those whose next item is new to the session, with the session's items taken out of every list. */
export const ROW_SETS = ['all', 'new'] as const
export type RowSet = (typeof ROW_SETS)[number]

/** Judges the service's ranking beside what it is made of, on the very same rows. */
export class Judge {
  readonly rates: Record<RowSet, Record<Method, HitRate>> = { all: noRates(), new: noRates() }

  async judge(ranking: Ranking, next: NextItem, service: Service): Promise<void> {
    const lists = await rankedLists(ranking, service)
    const ofSession = new Set(sessionItems(ranking.input.user, ranking.input.session))
    for (const method of METHODS) {
      this.rates.all[method].judge(lists[method], next.itemId)
      if (next.isNew)
        this.rates.new[method].judge(
          lists[method].filter((itemId) => !ofSession.has(itemId)),
          next.itemId,
        )
    }
  }
}

function noRates(): Record<Method, HitRate> {
  return { slate: new HitRate(), item_to_item: new HitRate(), popularity: new HitRate(), recently_seen: new HitRate() }
}

async function rankedLists({ gathered, rows }: Ranking, { store, catalogue }: Service): Promise<Record<Method, string[]>> {
  const { itemIds, standings } = gathered
  const [popular] = await store.readSets([{ entity: SHOP, set: TRENDING, limit: 100 }])
  return {
    slate: rows.map((row) => itemIds[row]),
    item_to_item: inOrderOf(standings.get('item_to_item'), itemIds),
    popularity: popular.members.filter((itemId) => catalogue.recommendable(itemId)),
    recently_seen: inOrderOf(standings.get('recent'), itemIds),
  }
}

function inOrderOf(standing: SourceStanding | undefined, itemIds: readonly string[]): string[] {
  if (!standing) return []
  const { ranks } = standing
  const rows = itemIds.flatMap((_, row) => (Number.isNaN(ranks[row]) ? [] : [row]))
  return rows.sort((a, b) => ranks[a] - ranks[b]).map((row) => itemIds[row])
}
