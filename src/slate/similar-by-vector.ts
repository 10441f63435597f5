import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { directionOf, type NearItems, vectorOf } from '../catalogue/item-vectors.ts'
import type { Domain } from '../domain/domain.ts'
import { LimitPer, oneOfEach } from './limit-per.ts'

/** Whose neighbours are wanted. */
export interface VectorSearch {
  readonly catalogue: Catalogue
  readonly domain: Pick<Domain, 'embedding' | 'variantGroup' | 'showsOwnVariants'>
  readonly itemId: string
}

/**
 * Returns the `count` items whose vectors are most similar to that of an item, which may be unavailable. Only items that can be
 * recommended, and of several variants only the first. No variants of the item itself, unless the domain shows them.
 * @param found items that the list already has. They, and further variants of them, are left out.
 */
export function similarByVector(search: VectorSearch, found: readonly string[], count: number): NearItems {
  const { catalogue, domain, itemId } = search
  const item = catalogue.get(itemId)
  const vector = domain.embedding === undefined ? undefined : vectorOf(item?.attributes[domain.embedding])
  if (!item || !vector || count === 0) return { itemIds: [], cosines: [] }
  const present = new Set([itemId, ...found])
  const variants = oneOfEachGroup(search, item, found)
  return catalogue.vectors.nearest(directionOf(vector), count, (nearId) => {
    const near = present.has(nearId) ? undefined : catalogue.get(nearId)
    return near !== undefined && variants.take(near)
  })
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
