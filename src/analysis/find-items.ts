import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { CompiledFilter, Figures } from '../rules/compiled-filter.ts'
import type { AttributeValue } from '../rules/item-filter.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import { DEPENDS, FAILS, MEETS, verdicts } from '../rules/verdicts.ts'
import type { Json } from '../state/user-value.ts'
import type { Snapshots } from './snapshots.ts'

/** What items are put in order by; ties by id, missing last. */
export interface ItemOrder {
  readonly by: { readonly attribute: string } | { readonly feature: NumberFeature }
  readonly direction: 'ASC' | 'DESC'
}

/** Place of an item in an order: any value of its own, also one that it has no more. */
export interface Place {
  readonly itemId: string
  readonly value: AttributeValue | undefined
}

/** Which of the items that were found, in their order. */
export interface PageRange {
  /** Those behind this place. */
  readonly after: Place | undefined
  /** Those before this place. */
  readonly before: Place | undefined
  /** How many at the most. */
  readonly limit: number
  /** The last of them, from the end. */
  readonly inverted: boolean
}

/** A page of the items that meet a filter. */
export interface FoundItems {
  /** Of all pages. */
  readonly totalCount: number
  readonly page: readonly { readonly item: CatalogueItem; readonly place: Place }[]
}

export interface FindParts {
  readonly catalogue: Catalogue
  readonly accumulators: AccumulatorSet
  readonly snapshots: Snapshots
}

const NO_FIGURES: Figures = () => Number.NaN

/**
 * Items that meet the filter, in order of id if none is given. Features are those of a snapshot, a few seconds old at most.
 * @throws UnavailableError when the store does not answer
 */
export async function findItems(
  { catalogue, accumulators, snapshots }: FindParts,
  filter: CompiledFilter | undefined,
  order: ItemOrder | undefined,
  range: PageRange,
): Promise<FoundItems> {
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
  const known = filter && verdicts(filter.filter, catalogue)
  const { numbers } = catalogue
  /** By number, in order of id, with what they are put in order by. */
  const found = new Uint32Array(numbers.length)
  const figuresFound = ordering && new Float64Array(numbers.length)
  let count = 0
  let row = 0
  for (const number of numbers) {
    const verdict = known ? known[number] : MEETS
    if (verdict === FAILS) continue
    if (snapshot) {
      const item = catalogue.numbered(number)!
      while (row < keys.length && keys[row] < item.itemId) row++
      // An item that came after the snapshot has no figures yet.
      const at = keys[row] === item.itemId ? row : -1
      const figures: Figures = at < 0 ? NO_FIGURES : (feature) => columns[feature]?.[at] ?? Number.NaN
      if (verdict === DEPENDS && !filter!.test(item, figures)) continue
      if (figuresFound) figuresFound[count] = at < 0 ? Number.NaN : ordering[at]
    }
    found[count++] = number
  }
  const column = attribute === undefined ? undefined : catalogue.column(attribute)
  const valueAt = (at: number): Place['value'] => {
    if (!figuresFound) return column && single(column.valueOf(found[at]))
    return Number.isFinite(figuresFound[at]) ? figuresFound[at] : undefined
  }
  const placeAt = (at: number): Place => ({ itemId: catalogue.numbered(found[at])!.itemId, value: valueAt(at) })
  const page = pageOf(count, { placeAt, valueAt }, order, range).map((place) => ({ item: catalogue.get(place.itemId)!, place }))
  return { totalCount: count, page }
}

/** Places of the page, of so many that stand in order of id. */
function pageOf(
  count: number,
  { placeAt, valueAt }: { readonly placeAt: (at: number) => Place; readonly valueAt: (at: number) => Place['value'] },
  order: ItemOrder | undefined,
  { after, before, limit, inverted }: PageRange,
): Place[] {
  const isWithin = (place: Place) =>
    (!after || compare(place, after, order) > 0) && (!before || compare(place, before, order) < 0)
  const sign = inverted ? -1 : 1
  /** The first of those that were looked at, in order. */
  const page: Place[] = []
  for (let i = 0; i < count; i++) {
    const at = inverted ? count - 1 - i : i
    // Most are told by their value alone.
    if (order && page.length === limit && limit > 0 && sign * compareValues(valueAt(at), page[limit - 1].value, order) > 0)
      continue
    const place = placeAt(at)
    if (page.length === limit && (limit === 0 || sign * compare(place, page[limit - 1], order) > 0)) {
      if (order) continue
      // What follows comes behind it too.
      break
    }
    if (!isWithin(place)) continue
    let to = page.length
    while (to > 0 && sign * compare(place, page[to - 1], order) < 0) to--
    page.splice(to, 0, place)
    if (page.length > limit) page.pop()
  }
  return page
}

function single(value: Json | undefined): AttributeValue | undefined {
  return value === null || typeof value === 'object' ? undefined : value
}

const TYPES = ['boolean', 'number', 'string']

function compare(a: Place, b: Place, order: ItemOrder | undefined): number {
  return compareValues(a.value, b.value, order) || (a.itemId === b.itemId ? 0 : a.itemId < b.itemId ? -1 : 1)
}

/** Values of different types by type: false and true, then numbers, then texts. */
function compareValues(a: Place['value'], b: Place['value'], order: ItemOrder | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  const byType = typeof a === typeof b ? 0 : TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b)
  const ascending = byType || (a < b ? -1 : 1)
  return order?.direction === 'DESC' ? -ascending : ascending
}
