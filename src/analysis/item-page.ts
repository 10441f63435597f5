import { comparePlaces, compareValues, type Place, type SortOrder } from './sort-order.ts'

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
export interface Listed {
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
