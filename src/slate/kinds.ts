import { latestDismissals } from '../accumulators/dismissed-items.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { sessionItems } from '../accumulators/session.ts'
import { recentlyLiked } from '../accumulators/user-item.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { valuesOf } from '../rules/attribute-values.ts'
import { DAY } from '../time-units.ts'

/** The attribute that says of what kind an item is. Every domain has it. */
const KIND = 'category'

/** Time in ms after which a dismissal counts half against its kind. The item itself stays away. */
const DISMISSAL_HALF_LIFE = 30 * DAY
/** Dismissals that count against their kinds at most: the latest. */
const MOST_DISMISSALS = 100
/** Dismissals of a kind that halve its places. So one leaves most of them, and three leave about a third. */
const HALVING = 2

/** @returns the categories of the items that are known */
function kindsOf(itemIds: readonly string[], catalogue: Pick<Catalogue, 'get'>): Set<unknown> {
  const kinds = new Set<unknown>()
  for (const itemId of itemIds) for (const kind of valuesOf(catalogue.get(itemId)?.attributes ?? {}, KIND)) kinds.add(kind)
  return kinds
}

/** Whether an item is of a kind on which the session has acted; undefined if the session knows the item, or if a kind is not known. */
export function kindOfChoice(
  itemId: string,
  { user, session }: Pick<FeatureInput, 'user' | 'session'>,
  catalogue: Pick<Catalogue, 'get'>,
): 'same' | 'other' | undefined {
  const touched = sessionItems(user, session)
  const item = catalogue.get(itemId)
  if (!item || touched.includes(itemId) || kindsOf([itemId], catalogue).size === 0) return undefined
  const ofSession = kindsOf(touched, catalogue)
  if (ofSession.size === 0) return undefined
  return isOf(item, ofSession) ? 'same' : 'other'
}

/** Items of some kinds, and how many of them the first places of a slate may have. */
interface KindLimit {
  readonly kinds: ReadonlySet<unknown>
  /** @param places number of places, from the top @param before how many of such items would have stood there */
  readonly most: (places: number, before: number) => number
}

/**
 * Returns the limit for each kind of which the user has dismissed items: of the places that the kind would have, n dismissals leave the
 * share 2^(-n/2). Each later action on an item of the kind takes one of them back.
 */
export function dismissedKinds(input: FeatureInput, catalogue: Pick<Catalogue, 'get'>): KindLimit[] {
  const { user, now, expiry } = input
  const latest = latestDismissals(user, now, expiry, MOST_DISMISSALS)
  if (latest.length === 0) return []
  const ofKinds = new Map<unknown, { weight: number; latest: number }>()
  for (const { itemId, at } of latest) {
    const weight = 2 ** (-Math.max(0, now - at) / DISMISSAL_HALF_LIFE)
    for (const kind of kindsOf([itemId], catalogue)) {
      const known = ofKinds.get(kind)
      if (known) known.weight += weight
      else ofKinds.set(kind, { weight, latest: at })
    }
  }
  for (const { itemId, at } of recentlyLiked(user, now, now - latest[latest.length - 1].at))
    for (const kind of kindsOf([itemId], catalogue)) {
      const known = ofKinds.get(kind)
      if (known && at > known.latest) known.weight -= 1
    }
  return [...ofKinds].flatMap(([kind, { weight }]) => {
    if (weight <= 0) return []
    const share = 2 ** (-weight / HALVING)
    return { kinds: new Set([kind]), most: (_: number, before: number) => Math.round(share * before) }
  })
}

/**
 * Returns the limit for the kinds on which the session has acted, so that a slate has items of other kinds as well.
 * @param sameKind share of choices that are of a kind on which the session has acted, 0 to 1
 * @returns undefined if the session has acted on no item whose kind is known
 */
export function sessionKinds(
  { user, session }: Pick<FeatureInput, 'user' | 'session'>,
  sameKind: number,
  catalogue: Pick<Catalogue, 'get'>,
): KindLimit | undefined {
  const kinds = kindsOf(sessionItems(user, session), catalogue)
  return kinds.size === 0 ? undefined : { kinds, most: (places) => Math.ceil(sameKind * places) }
}

/** Counts the items of a slate under limits of kinds, while it is arranged from the top. */
export class KindCounts {
  readonly #limits: readonly (KindLimit & { readonly before: Uint32Array; count: number })[]

  /** @param rows items by score alone, best first @param first number of places of the slate */
  constructor(limits: readonly KindLimit[], rows: readonly CatalogueItem[], first: number) {
    this.#limits = limits.map((limit) => ({ ...limit, before: countsBefore(limit, rows, first), count: 0 }))
  }

  /** Returns whether an item may stand at a position, counted from 1, beside those that are counted. */
  fits(item: CatalogueItem, position: number): boolean {
    for (const { kinds, most, before, count } of this.#limits)
      if (count >= most(position, before[position]) && isOf(item, kinds)) return false
    return true
  }

  add(item: CatalogueItem): void {
    for (const limit of this.#limits) if (isOf(item, limit.kinds)) limit.count++
  }
}

function isOf({ attributes }: CatalogueItem, kinds: ReadonlySet<unknown>): boolean {
  for (const value of valuesOf(attributes, KIND)) if (kinds.has(value)) return true
  return false
}

/** @returns by number of places how many of them such items would have; those for which there are no rows count as such items */
function countsBefore({ kinds }: KindLimit, rows: readonly CatalogueItem[], first: number): Uint32Array {
  const before = new Uint32Array(first + 1)
  for (let place = 1; place <= first; place++)
    before[place] = before[place - 1] + (place > rows.length || isOf(rows[place - 1], kinds) ? 1 : 0)
  return before
}
