import { latestDismissals, MOST_DISMISSED } from '../accumulators/dismissed-items.ts'
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
/** Dismissals of a kind that halve its places. So one leaves most of them, and three leave about a third. */
const HALVING = 2

type Items = Pick<Catalogue, 'get' | 'commonValues'>

/** @returns the categories of the items that are known. The root of all categories, which every item has, is no kind. */
function kindsOf(itemIds: readonly string[], catalogue: Items): Set<unknown> {
  const kinds = new Set<unknown>()
  const common: ReadonlySet<unknown> = catalogue.commonValues(KIND)
  for (const itemId of itemIds)
    for (const kind of valuesOf(catalogue.get(itemId)?.attributes ?? {}, KIND)) if (!common.has(kind)) kinds.add(kind)
  return kinds
}

/** Whether an item is of a kind on which the session has acted; undefined if the session knows the item, or if a kind is not known. */
export function kindOfChoice(
  itemId: string,
  { user, session }: Pick<FeatureInput, 'user' | 'session'>,
  catalogue: Items,
): 'same' | 'other' | undefined {
  const touched = sessionItems(user, session)
  const item = catalogue.get(itemId)
  if (!item || touched.includes(itemId) || kindsOf([itemId], catalogue).size === 0) return undefined
  const ofSession = kindsOf(touched, catalogue)
  if (ofSession.size === 0) return undefined
  return isOf(item, ofSession) ? 'same' : 'other'
}

/** Items of some kinds, and how many of them the first places of a slate may have. */
export interface KindLimit {
  readonly kinds: ReadonlySet<unknown>
  /** @param places number of places, from the top */
  readonly most: (places: number) => number
}

/** A kind of which a user has dismissed items. */
export interface DislikedKind {
  readonly kind: unknown
  /** Share of the places that the kind would have, 0 to 1. */
  readonly share: number
}

/**
 * Returns the kinds of which the user has dismissed items, the most disliked first: n dismissals leave the share 2^(-n/2) of the places. Each
 * item of the kind on which the user acts later takes one of them back.
 */
export function dislikedKinds({ user, now, expiry }: FeatureInput, catalogue: Items): DislikedKind[] {
  const latest = latestDismissals(user, now, expiry, MOST_DISMISSED)
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
  return [...ofKinds]
    .filter(([, { weight }]) => weight > 0)
    .sort(([, a], [, b]) => b.weight - a.weight)
    .map(([kind, { weight }]) => ({ kind, share: 2 ** (-weight / HALVING) }))
}

/**
 * Returns the limit of a disliked kind.
 * @param placed what would stand in the slate without this limit, from the top: `fixed` whatever its kind; undefined if an item is missing,
 * which may be one of this kind
 */
function limitOf({ kind, share }: DislikedKind, placed: readonly Placed[]): LimitOfKind {
  const kinds = new Set([kind])
  const before = new Uint32Array(placed.length + 1)
  for (const [at, item] of placed.entries())
    before[at + 1] = before[at] + (item === undefined || (item !== 'fixed' && isOf(item, kinds)) ? 1 : 0)
  return { kinds, share, before: before[placed.length], most: (places) => Math.round(share * before[places]) }
}

/** The limit of a disliked kind, and how many places the kind would have without it. */
type LimitOfKind = KindLimit & { readonly share: number; readonly before: number }

/** What stands at a place of a slate. */
export type Placed = CatalogueItem | 'fixed' | undefined

/** Disliked kinds of which each is limited by what it would have beside all others; the further ones are limited together. */
const LIMITED_ALONE = 4

/**
 * Returns the limits of disliked kinds, in the order in which they are lifted where items are missing: the least disliked first, of those that
 * are disliked alike the one that would have the most places.
 * @param disliked the most disliked first
 * @param others limits beside these
 * @param arranged returns what would stand in a slate under some limits
 */
export async function limitsOfDisliked(
  disliked: readonly DislikedKind[],
  others: readonly KindLimit[],
  arranged: (limits: readonly KindLimit[]) => Promise<readonly Placed[]>,
): Promise<KindLimit[]> {
  const alone = disliked.slice(0, LIMITED_ALONE)
  const limits = new Map<DislikedKind, LimitOfKind>()
  const without = (one: DislikedKind) => [...limits].flatMap(([of, limit]) => (of === one ? [] : [limit]))
  // Twice: the places that one kind leaves may go to another.
  for (let round = 0; round < Math.min(2, alone.length); round++)
    for (const one of alone) limits.set(one, limitOf(one, await arranged([...others, ...without(one)])))
  if (disliked.length > alone.length) {
    const placed = await arranged([...others, ...limits.values()])
    for (const one of disliked.slice(alone.length)) limits.set(one, limitOf(one, placed))
  }
  return [...limits.values()].sort((a, b) => b.share - a.share || b.before - a.before)
}

/**
 * Returns the limit for the kinds on which the session has acted, so that a slate has items of other kinds as well.
 * @param sameKind share of choices that are of a kind on which the session has acted, 0 to 1
 * @returns undefined if the session has acted on no item whose kind is known
 */
export function sessionKinds(
  { user, session }: Pick<FeatureInput, 'user' | 'session'>,
  sameKind: number,
  catalogue: Items,
): KindLimit | undefined {
  const kinds = kindsOf(sessionItems(user, session), catalogue)
  return kinds.size === 0 ? undefined : { kinds, most: (places) => Math.ceil(sameKind * places) }
}

/** Counts the items of a slate under limits of kinds, while it is arranged from the top. */
export class KindCounts {
  readonly #limits: (KindLimit & { count: number })[]

  /** @param limits in the order in which they are lifted where items are missing */
  constructor(limits: readonly KindLimit[]) {
    this.#limits = limits.map((limit) => ({ ...limit, count: 0 }))
  }

  /** Returns whether an item may stand at a position, counted from 1, beside those that are counted. */
  fits(item: CatalogueItem, position: number): boolean {
    for (const { kinds, most, count } of this.#limits) if (count >= most(position) && isOf(item, kinds)) return false
    return true
  }

  add(item: CatalogueItem): void {
    for (const limit of this.#limits) if (isOf(item, limit.kinds)) limit.count++
  }

  /** Lifts the next limit. @returns false if there is none left */
  lift(): boolean {
    return this.#limits.shift() !== undefined
  }
}

function isOf({ attributes }: CatalogueItem, kinds: ReadonlySet<unknown>): boolean {
  for (const value of valuesOf(attributes, KIND)) if (kinds.has(value)) return true
  return false
}
