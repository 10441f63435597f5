import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { type FeatureInput, SharedRows } from '../accumulators/feature-input.ts'
import { TRENDING } from '../accumulators/item-activity.ts'
import { similarity } from '../accumulators/item-to-item.ts'
import { highest } from '../candidates/source.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { directionOf, type NearItems, vectorOf } from '../catalogue/item-vectors.ts'
import type { Domain } from '../domain/domain.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { decided } from '../rules/filter-verdicts.ts'
import { matchingItems, newestOf } from '../rules/matching-items.ts'
import { decayedValue } from '../state/decay.ts'
import { attributeKey, itemKey, SHOP } from '../state/slots.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'
import { inOwnTurn } from '../turns.ts'
import { LimitPer, oneOfEach } from './limit-per.ts'
import { readFeatureInput } from './read-feature-input.ts'

/** An item of a list that is ordered by score. The function that makes the list says what the score means. */
export interface ScoredItem {
  readonly itemId: string
  readonly score: number
}

/** Ways in which items are similar. `BEHAVIOUR`: the same users act on both items. `VECTOR`: the vectors of both are similar. */
export type SimilarityKind = 'BEHAVIOUR' | 'VECTOR'

/** An item with the reason why it is similar. Scores of different kinds cannot be compared. */
export interface SimilarItem extends ScoredItem {
  readonly similarBy: SimilarityKind
}

interface ListParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
  readonly catalogue: Catalogue
  /** Time of the request on the clock of features, in ms. */
  readonly now: number
}

/**
 * Returns trending items of the shop or of one surface, best first. The score is the event weight, decayed with a half-life of a
 * day. With a filter, the newest matching items follow with score 0 if there are too few trending ones.
 */
export async function trendingItems(
  parts: ListParts,
  surface: string | undefined,
  first: number,
  wanted?: CompiledFilter,
): Promise<ScoredItem[]> {
  const { store, accumulators, catalogue, now } = parts
  const filter = wanted && (await decided(wanted, catalogue))
  const entity = surface === undefined ? SHOP : attributeKey('surface', surface)
  const [{ members, scores, epoch, latest }] = await catalogue.lives.readSets(store, [
    { entity, set: TRENDING, limit: TRENDING.capacity },
  ])
  const trending = members
    .map((itemId, at) => ({ itemId, score: decayedValue(scores[at], epoch, Math.max(latest, now), TRENDING.halfLife) }))
    .filter(({ itemId }) => catalogue.recommendable(itemId))
  if (!filter) return trending.slice(0, first)
  const scoreOf = new Map(trending.map(({ itemId, score }) => [itemId, score]))
  const candidates = async function* () {
    yield trending.map(({ itemId }) => catalogue.get(itemId)!)
    for await (const items of newestOf(catalogue, filter)) yield othersOf(items)
  }
  const othersOf = function* (items: Iterable<CatalogueItem>): Generator<CatalogueItem> {
    for (const item of items) if (item.available && !scoreOf.has(item.itemId)) yield item
  }
  const found: ScoredItem[] = []
  for await (const { itemId } of matchingItems(candidates(), filter, accumulators, (itemIds) => readOf(parts, itemIds))) {
    if (found.length === first) break
    found.push({ itemId, score: scoreOf.get(itemId) ?? 0 })
  }
  return found
}

function readOf({ store, accumulators, domain, catalogue, now }: ListParts, itemIds: readonly string[]): Promise<FeatureInput> {
  const request = { now, user: new UserValue(), session: undefined, itemIds }
  return readFeatureInput(request, store, accumulators, domain, catalogue)
}

/**
 * Returns similar items: first those that the same users act on in close succession, most similar first. If they are fewer than
 * `first`, items with similar vectors follow, with the cosine as their score. A shorter list is the beginning of a longer one.
 */
export async function similarItems(parts: ListParts, itemId: string, first: number): Promise<SimilarItem[]> {
  const byBehaviour = await similarByBehaviour(parts, itemId, first)
  const found = byBehaviour.map((item) => item.itemId)
  const { itemIds, cosines } = await similarByVector({ ...parts, itemId }, found, first - found.length)
  return [...byBehaviour, ...itemIds.map((nearId, at) => ({ itemId: nearId, score: cosines[at], similarBy: 'VECTOR' as const }))]
}

async function similarByBehaviour(parts: ListParts, itemId: string, first: number): Promise<SimilarItem[]> {
  const { store, accumulators, domain, catalogue, now } = parts
  const { neighbours, strength: ofPairs } = domain.pairs
  const [{ members, scores, epoch, latest }] = await catalogue.lives.readSets(store, [
    { entity: itemKey(itemId), set: neighbours, limit: neighbours.capacity },
  ])
  const block = await catalogue.lives.readRows(store, [itemId, ...members])
  const strength = new SharedRows(accumulators.layout, 'item', block, now, domain.expiry.item).decayed(ofPairs)
  const similar = new Map<string, number>()
  members.forEach((member, at) => {
    if (!catalogue.recommendable(member)) return
    similar.set(
      member,
      similarity(decayedValue(scores[at], epoch, Math.max(latest, now), neighbours.halfLife), strength(0), strength(at + 1)),
    )
  })
  const { itemIds, scores: ranked } = highest(similar, first)
  return itemIds.map((similarId, at) => ({ itemId: similarId, score: ranked[at], similarBy: 'BEHAVIOUR' }))
}

/** Whose neighbours are wanted. */
interface VectorSearch {
  readonly catalogue: Catalogue
  readonly domain: Pick<Domain, 'embedding' | 'variantGroup' | 'showsOwnVariants'>
  readonly itemId: string
}

/**
 * Returns the `count` items whose vectors are most similar to that of an item, which may be unavailable. Only items that can be
 * recommended, and of several variants only the first. No variants of the item itself, unless the domain shows them.
 * @param found items that the list already has. They, and further variants of them, are left out.
 */
async function similarByVector(search: VectorSearch, found: readonly string[], count: number): Promise<NearItems> {
  const { catalogue, domain, itemId } = search
  const item = catalogue.get(itemId)
  const vector = domain.embedding === undefined ? undefined : vectorOf(item?.attributes[domain.embedding])
  if (!item || !vector || count === 0) return { itemIds: [], cosines: [] }
  const present = new Set([itemId, ...found])
  const variants = oneOfEachGroup(search, item, found)
  // An operation may ask for the similar items of many items.
  return inOwnTurn(() =>
    catalogue.vectors.nearest(directionOf(vector), count, (nearId) => {
      const near = present.has(nearId) ? undefined : catalogue.get(nearId)
      return near !== undefined && variants.take(near)
    }),
  )
}

/** Admits one item of each group of variants, after those of the list and, where the domain says so, the item itself. */
function oneOfEachGroup({ catalogue, domain }: VectorSearch, item: CatalogueItem, found: readonly string[]): LimitPer {
  const { variantGroup, showsOwnVariants = false } = domain
  const variants = new LimitPer(oneOfEach(variantGroup))
  if (!showsOwnVariants) variants.add(item)
  for (const foundId of found) {
    const other = catalogue.get(foundId)
    if (other) variants.add(other)
  }
  return variants
}
