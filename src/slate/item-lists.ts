import { SharedRows } from '../accumulators/feature-input.ts'
import { NEIGHBOURS, STRENGTH, similarity } from '../accumulators/item-to-item.ts'
import { TRENDING } from '../accumulators/trending.ts'
import { highest } from '../candidates/source.ts'
import type { Domain } from '../domain/domain.ts'
import type { Catalogue } from '../state/catalogue.ts'
import { decayedValue } from '../state/decay.ts'
import { attributeKey, itemKey, SHOP, type SlotLayout } from '../state/slots.ts'
import type { StateStore } from '../state/store.ts'

export interface ScoredItem {
  readonly itemId: string
  readonly score: number
}

interface ListParts {
  readonly store: StateStore
  readonly layout: SlotLayout
  readonly domain: Domain
  readonly catalogue: Catalogue
  /** ms of the clock that features see. */
  readonly now: number
}

/** What many act on now, in the shop or on one surface; score is the event weight, decayed with a half-life of a day. */
export async function trendingItems(
  { store, catalogue, now }: ListParts,
  surface: string | undefined,
  first: number,
): Promise<ScoredItem[]> {
  const entity = surface === undefined ? SHOP : attributeKey('surface', surface)
  const [{ members, scores, epoch }] = await store.readSets([{ entity, set: TRENDING, limit: TRENDING.capacity }])
  return members
    .map((itemId, at) => ({ itemId, score: decayedValue(scores[at], epoch, now, TRENDING.halfLife) }))
    .filter(({ itemId }) => catalogue.recommendable(itemId))
    .slice(0, first)
}

/** What the same users act on, close together; most similar first. */
export async function similarItems(parts: ListParts, itemId: string, first: number): Promise<ScoredItem[]> {
  const { store, layout, domain, catalogue, now } = parts
  const [{ members, scores, epoch }] = await store.readSets([
    { entity: itemKey(itemId), set: NEIGHBOURS, limit: NEIGHBOURS.capacity },
  ])
  const block = await store.readRows('item', [itemId, ...members].map(itemKey))
  const strength = new SharedRows(layout, 'item', block, now, domain.expiry.item).decayed(STRENGTH)
  const similar = new Map<string, number>()
  members.forEach((member, at) => {
    if (!catalogue.recommendable(member)) return
    similar.set(member, similarity(decayedValue(scores[at], epoch, now, NEIGHBOURS.halfLife), strength(0), strength(at + 1)))
  })
  const { itemIds, scores: ranked } = highest(similar, first)
  return itemIds.map((similarId, at) => ({ itemId: similarId, score: ranked[at] }))
}
