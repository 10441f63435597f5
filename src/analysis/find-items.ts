import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { CompiledFilter, Figures } from '../rules/compiled-filter.ts'
import { DEPENDS, FAILS, MEETS, verdicts } from '../rules/filter-verdicts.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import { Turns } from '../turns.ts'
import type { Snapshots } from './snapshots.ts'
import { comparePlaces, compareValues, type Place, type SortOrder, sortableValue } from './sort-order.ts'

/** A page of the items that match a filter. */
export interface FoundItems {
  /** Number of matching items on all pages. */
  readonly totalCount: number
  readonly page: readonly { readonly item: CatalogueItem; readonly place: Place }[]
}

export interface FindParts {
  readonly catalogue: Catalogue
  readonly accumulators: AccumulatorSet
  readonly snapshots: Snapshots
}

/** Values of features by item, in order of id, out of one snapshot. */
interface FeatureTable {
  readonly keys: readonly string[]
  /** In the order in which the filter names its features. */
  readonly filtered: readonly (Float64Array | undefined)[]
  /** Of the feature that gives the order. */
  readonly ordering: Float64Array | undefined
}

/** Items that meet a filter, in order of id. */
interface Matches {
  readonly count: number
  /** Their numbers in the catalogue; the first `count`. */
  readonly numbers: Uint32Array
  /** What the ordering feature is of each; undefined where no feature gives the order. */
  readonly ordering: Float64Array | undefined
}

/** Items that are tested with their features in one turn of the event loop. With a thousand conditions, they take 5 ms. */
const TESTS_A_TURN = 500

const NO_FIGURES: Figures = () => Number.NaN

/**
 * Finds items that match a filter, by id if no order is given. Features come from a snapshot, a few seconds old at most.
 * @throws UnavailableError if the store does not answer
 */
export async function findItems(
  parts: FindParts,
  filter: CompiledFilter | undefined,
  order: SortOrder | undefined,
  range: PageRange,
): Promise<FoundItems> {
  const { catalogue } = parts
  const matches = await matchesOf(catalogue, filter, await featureTable(parts, filter, order))
  const places = pageOf(listed(matches, catalogue, order), order, range)
  return { totalCount: matches.count, page: places.map((place) => ({ item: catalogue.get(place.id)!, place })) }
}

/** @returns undefined where neither the filter nor the order asks for a feature */
async function featureTable(
  { accumulators, snapshots }: FindParts,
  filter: CompiledFilter | undefined,
  order: SortOrder | undefined,
): Promise<FeatureTable | undefined> {
  const names = filter?.features ?? []
  const asked = new Map<string, NumberFeature>()
  for (const name of names) {
    const { column, ...feature } = accumulators.features.get(name)!
    if (column) asked.set(name, { ...feature, column })
  }
  const orderedBy = order && 'feature' in order.by ? order.by.feature : undefined
  if (orderedBy) asked.set(orderedBy.name, orderedBy)
  if (asked.size === 0) return undefined
  const { keys, columns } = await snapshots.itemFigures([...asked.values()])
  return { keys, filtered: names.map((name) => columns.get(name)), ordering: orderedBy && columns.get(orderedBy.name) }
}

async function matchesOf(
  catalogue: Catalogue,
  filter: CompiledFilter | undefined,
  table: FeatureTable | undefined,
): Promise<Matches> {
  const known = filter && (await verdicts(filter.filter, catalogue))
  const { numbers } = catalogue
  const turns = new Turns(TESTS_A_TURN)
  const found = new Uint32Array(numbers.length)
  const ordering = table?.ordering && new Float64Array(numbers.length)
  let count = 0
  let row = 0
  for (const number of numbers) {
    // An item that came after the verdicts has none.
    const verdict = known ? (known[number] ?? FAILS) : MEETS
    if (verdict === FAILS) continue
    if (table) {
      const { keys, filtered } = table
      const item = catalogue.numbered(number)
      if (!item) continue
      while (row < keys.length && keys[row] < item.itemId) row++
      // An item that came after the snapshot has no figures yet.
      const at = keys[row] === item.itemId ? row : -1
      const figures: Figures = at < 0 ? NO_FIGURES : (feature) => filtered[feature]?.[at] ?? Number.NaN
      if (verdict === DEPENDS) {
        const holds = filter!.test(item, figures)
        await turns.worked(1)
        if (!holds) continue
      }
      if (ordering) ordering[count] = at < 0 ? Number.NaN : table.ordering![at]
    }
    found[count++] = number
  }
  return stillKnown({ count, numbers: found, ordering }, catalogue)
}

/** Removes items that were deleted while others had their turn. */
function stillKnown({ count, numbers, ordering }: Matches, catalogue: Catalogue): Matches {
  let kept = 0
  for (let at = 0; at < count; at++) {
    if (!catalogue.numbered(numbers[at])) continue
    numbers[kept] = numbers[at]
    if (ordering) ordering[kept] = ordering[at]
    kept++
  }
  return { count: kept, numbers, ordering }
}

function listed({ count, numbers, ordering }: Matches, catalogue: Catalogue, order: SortOrder | undefined): Listed {
  const column = order && 'attribute' in order.by ? catalogue.column(order.by.attribute) : undefined
  const valueAt = (at: number): Place['value'] => {
    if (!ordering) return column && sortableValue(column.valueOf(numbers[at]))
    return Number.isFinite(ordering[at]) ? ordering[at] : undefined
  }
  return { count, valueAt, placeAt: (at) => ({ id: catalogue.numbered(numbers[at])!.itemId, value: valueAt(at) }) }
}

/** A range of the found items, in their order. */
export interface PageRange {
  /** Place after which the page starts. */
  readonly after: Place | undefined
  /** Place before which the page ends. */
  readonly before: Place | undefined
  /** Maximum number of items. */
  readonly limit: number
  /** Whether to return the last items of the range, from the end. */
  readonly inverted: boolean
}

/** Items in order of id. */
interface Listed {
  readonly count: number
  placeAt(at: number): Place
  /** Returns the value by which the item is sorted. */
  valueAt(at: number): Place['value']
}

/** Returns the places of a page, from its first item on; in an inverted range, from its last item on. */
export function pageOf({ count, placeAt, valueAt }: Listed, order: SortOrder | undefined, range: PageRange): Place[] {
  const { after, before, limit, inverted } = range
  const isWithin = (place: Place) =>
    (!after || comparePlaces(place, after, order) > 0) && (!before || comparePlaces(place, before, order) < 0)
  const sign = inverted ? -1 : 1
  /** The first of those that were looked at, in order. */
  const page: Place[] = []
  for (let i = 0; i < count; i++) {
    const at = inverted ? count - 1 - i : i
    // Most are told by their value alone.
    if (
      order &&
      page.length === limit &&
      limit > 0 &&
      sign * compareValues(valueAt(at), page[limit - 1].value, order.direction) > 0
    )
      continue
    const place = placeAt(at)
    if (page.length === limit && (limit === 0 || sign * comparePlaces(place, page[limit - 1], order) > 0)) {
      if (order) continue
      // What follows comes behind it too.
      break
    }
    if (!isWithin(place)) continue
    let [from, to] = [0, page.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (sign * comparePlaces(place, page[middle], order) < 0) to = middle
      else from = middle + 1
    }
    page.splice(from, 0, place)
    if (page.length > limit) page.pop()
  }
  return page
}
