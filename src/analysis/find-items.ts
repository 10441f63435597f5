import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { CompiledFilter, Figures } from '../rules/compiled-filter.ts'
import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import type { Catalogue, CatalogueItem } from '../state/catalogue.ts'
import type { Snapshots } from './snapshots.ts'

/** What items are put in order by; ties by id, missing last. */
export interface ItemOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

export interface FoundItem {
  readonly item: CatalogueItem
  /** What it is put in order by; undefined where that is missing, or a list or an object. */
  readonly value: AttributeValue | undefined
}

/** Place of an item in an order: any value of its own, also one that it has no more. */
export interface Place {
  readonly itemId: string
  readonly value: AttributeValue | undefined
}

export interface FindParts {
  readonly catalogue: Catalogue
  readonly accumulators: AccumulatorSet
  readonly snapshots: Snapshots
}

const NO_FIGURES: Figures = () => Number.NaN

/**
 * All items that meet the filter, in order of id if none is given. Features are those of a snapshot, a few seconds old at most.
 * @throws UnavailableError when the store does not answer
 */
export async function findItems(
  { catalogue, accumulators, snapshots }: FindParts,
  filter: CompiledFilter | undefined,
  order: ItemOrder | undefined,
): Promise<FoundItem[]> {
  const asked = (filter?.features ?? []).flatMap((name): NumberFeature[] => {
    const { column, ...feature } = accumulators.features.get(name)!
    return column ? [{ ...feature, column }] : []
  })
  const orderedBy = order && 'feature' in order.by ? order.by.feature : undefined
  const features = [...new Map([...asked, ...(orderedBy ? [orderedBy] : [])].map((feature) => [feature.name, feature])).values()]
  const snapshot = features.length > 0 ? await snapshots.itemFigures(features) : undefined
  const columns = (filter?.features ?? []).map((name) => snapshot?.columns.get(name))
  const ordering = orderedBy && snapshot?.columns.get(orderedBy.name)
  const attribute = order && 'attribute' in order.by ? order.by.attribute : undefined
  const keys = snapshot?.keys ?? []
  const found: FoundItem[] = []
  let row = 0
  for (const itemId of catalogue.itemIds) {
    while (row < keys.length && keys[row] < itemId) row++
    // An item that came after the snapshot has no figures yet.
    const known = keys[row] === itemId ? row : -1
    const item = catalogue.get(itemId)!
    const figures: Figures = known < 0 ? NO_FIGURES : (feature) => columns[feature]?.[known] ?? Number.NaN
    if (filter && !filter.test(item, figures)) continue
    const figure = ordering && known >= 0 ? ordering[known] : Number.NaN
    const value = attribute === undefined ? (Number.isFinite(figure) ? figure : undefined) : single(item, attribute)
    found.push({ item, value })
  }
  if (order) found.sort((a, b) => compare(placeOf(a), placeOf(b), order))
  return found
}

function placeOf({ item: { itemId }, value }: FoundItem): Place {
  return { itemId, value }
}

/** How many of the items, which are in this order, stand before the place; with the one at it, if `inclusive`. */
export function countBefore(found: readonly FoundItem[], place: Place, order: ItemOrder | undefined, inclusive: boolean): number {
  let low = 0
  let high = found.length
  while (low < high) {
    const middle = (low + high) >> 1
    const compared = compare(placeOf(found[middle]), place, order)
    if (compared < 0 || (inclusive && compared === 0)) low = middle + 1
    else high = middle
  }
  return low
}

function single({ attributes }: CatalogueItem, name: string): AttributeValue | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : null
  return value === null || typeof value === 'object' ? undefined : value
}

const TYPES = ['boolean', 'number', 'string']

/** Values of different types by type: false and true, then numbers, then texts. */
function compare(a: Place, b: Place, order: ItemOrder | undefined): number {
  if (a.value !== b.value) {
    if (a.value === undefined) return 1
    if (b.value === undefined) return -1
    const byType = TYPES.indexOf(typeof a.value) - TYPES.indexOf(typeof b.value)
    const ascending = byType || (a.value < b.value ? -1 : 1)
    return order?.direction === 'DESC' ? -ascending : ascending
  }
  return a.itemId === b.itemId ? 0 : a.itemId < b.itemId ? -1 : 1
}
