import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import { isNew } from '../candidates/new-items.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { Domain } from '../domain/domain.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { matchingItems, newestOf } from '../rules/matching-items.ts'
import type { StateStore } from '../state/store.ts'
import { momentOf, readFeatureInput } from './read-feature-input.ts'
import type { Recommendation } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'

export interface TopUpParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
}

/** Source name of items that no source proposed. */
export const FILLED_UP = 'newest'

const EVERY_ITEM: CompiledFilter = { filter: {}, features: [], conditions: 0, test: () => true }

/**
 * Fills empty positions with the newest items that the rules admit, so that slates are not shorter than necessary.
 * @param slots items by position; undefined positions are filled in place
 */
export async function topUp(
  slots: (Recommendation | undefined)[],
  input: FeatureInput,
  inForce: SlateRules,
  { store, domain, accumulators, catalogue }: TopUpParts,
): Promise<void> {
  let free = slots.indexOf(undefined)
  if (free < 0) return
  const present = new Set(slots.map((item) => item?.itemId))
  const { limitPer, rules } = inForce
  const filter = rules.filter ?? EVERY_ITEM
  const admitted = async function* () {
    for await (const items of newestOf(catalogue, filter)) yield admittedOf(items)
  }
  const admittedOf = function* (items: Iterable<CatalogueItem>): Generator<CatalogueItem> {
    for (const item of items) if (!present.has(item.itemId) && inForce.admits(item) && limitPer.fits(item)) yield item
  }
  const moment = momentOf(input)
  const read = (itemIds: readonly string[]) => readFeatureInput({ ...moment, itemIds }, store, accumulators, domain, catalogue)
  for await (const item of matchingItems(admitted(), filter, accumulators, read)) {
    if (!limitPer.take(item)) continue
    slots[free] = topUpItem(item, input.now)
    free = slots.indexOf(undefined, free)
    if (free < 0) break
  }
}

function topUpItem({ itemId, addedAt }: CatalogueItem, now: number): Recommendation {
  const sources = [{ name: FILLED_UP, score: undefined }]
  const reason: BuiltInReason = { code: isNew(addedAt, now) ? 'NEW' : 'MORE' }
  return { itemId, position: 0, score: 0, sources, reason, exploration: false, propensity: 1 }
}
