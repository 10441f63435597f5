import { itemOfName } from '../catalogue/item-lives.ts'
import { invariant } from '../invariant.ts'
import type { Increments } from '../state/increments.ts'
import { attributeKey, decayedSum, itemKey, type SetSlot, SHOP, scoredSet, sum } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import { cohortEntity, type Profile } from './cohort.ts'
import { type CohortShares, MOST_SHARES, type Share, timeOf } from './cohort-shares.ts'

/** Time in which a share loses half of its weight, in ms. */
export const COHORT_HALF_LIFE = 30 * DAY

/** Items on which people with a value act. At least 512 stay. */
export const COHORT_ITEMS = scoredSet('attribute', 'cohort_items', COHORT_HALF_LIFE, 512, 640)
/** Categories of these items. */
export const COHORT_CATEGORIES = scoredSet('attribute', 'cohort_categories', COHORT_HALF_LIFE, 256, 320, 'other')
/** Total of all shares: of a value, of a category, and of the whole shop. */
export const COHORT_WEIGHT = decayedSum('attribute', 'cohort_weight', COHORT_HALF_LIFE)
/** Number of distinct users with a share under a value. */
export const COHORT_USERS = sum('attribute', 'cohort_users')
/** Total of all shares of an item. */
export const COHORT_ITEM_WEIGHT = decayedSum('item', 'cohort_weight', COHORT_HALF_LIFE)

/**
 * Values of a cohort, by the number of users with whom they came up lately. The highest MOST_VALUES count by themselves; all others
 * count together. It stands with the sums of those others.
 */
export const COHORT_VALUES = scoredSet('attribute', 'cohort_values', 180 * DAY, 1000, 1100, 'other')
/** Largest number of values of a cohort that count by themselves. */
export const MOST_VALUES = COHORT_VALUES.keep

/** A value under which items count, and the key of its shared sums. */
interface CountedKey {
  readonly text: string
  readonly entity: string
}

/** What a list of values says, in the form in which it is counted. */
interface CountedProfile {
  readonly keys: readonly CountedKey[]
  /** Keys of the shared sums alone. */
  readonly entities: readonly string[]
}

/** Returns the key of the shared sums of the category of a share; undefined for none. */
function categoryKey({ category }: Share): string | undefined {
  return category === '' ? undefined : attributeKey('category', category)
}

/** Lists are shared by many items of a user, and read with each. */
const COUNTED = new WeakMap<Profile, CountedProfile>()

function countedOf(profile: Profile): CountedProfile {
  let counted = COUNTED.get(profile)
  if (!counted) {
    // Lists of earlier versions also have numbers, such as `age:34`, which count for nothing.
    const keys = profile.filter((text) => text.includes('=')).map((text) => ({ text, entity: cohortEntity(text) }))
    counted = { keys, entities: keys.map(({ entity }) => entity) }
    COUNTED.set(profile, counted)
  }
  return counted
}

/**
 * Keeps the shares of one user and the shared sums equal: whatever enters or leaves the user's shares is added to the sums or
 * subtracted from them. So the sums are those of the shares of all users, and the share of one user can be subtracted exactly.
 */
export class CohortLedger {
  readonly #held: CohortShares
  readonly #increments: Increments

  constructor(held: CohortShares, increments: Increments) {
    this.#held = held
    this.#increments = increments
  }

  /** Adds a share, and removes those beyond the bound. @param seenAt time of the event, in ms */
  add(share: Share, seenAt: number): void {
    this.#increments.seen(itemKey(itemOfName(share.item)), seenAt)
    this.#increments.seen(SHOP, seenAt)
    const category = categoryKey(share)
    if (category !== undefined) this.#increments.seen(category, seenAt)
    const isNew = !this.#hasProfile(share.profile)
    if (isNew) this.#countUser(share.profile, 1)
    this.#held.insert(share)
    this.#count(share, category, 1, seenAt)
    if (isNew || this.#held.shares.length > MOST_SHARES) this.#removeBeyond()
    invariant(this.#held.shares.length <= MOST_SHARES, 'SHARES_OVER_LIMIT', 'a user would have too many shares.')
  }

  /** Removes a share. */
  remove(share: Share): void {
    this.#held.remove(share)
    if (!this.#hasProfile(share.profile)) this.#countUser(share.profile, -1)
    this.#count(share, categoryKey(share), -1)
  }

  /** Makes one user of two ids that were merged: every item counts once, and every value has the user once. */
  settle(): void {
    const { excess, shares } = this.#held
    for (const { entity } of countedOf(excess.splice(0)).keys) this.#increments.add(COHORT_USERS, entity, -1)
    const highest = new Map<string, Share>()
    for (const share of shares) {
      const before = highest.get(share.item)
      if (!before || share.weight > before.weight) highest.set(share.item, share)
    }
    for (const share of shares.filter((one) => highest.get(one.item) !== one)) this.remove(share)
    this.#removeBeyond()
    this.#held.isMerged = false
  }

  /** Removes everything: the user is about to be erased. */
  removeAll(): void {
    this.settle()
    for (const share of [...this.#held.shares]) this.remove(share)
  }

  #removeBeyond(): void {
    for (const share of this.#held.beyond) this.remove(share)
  }

  #hasProfile(profile: Profile): boolean {
    return this.#held.shares.some((other) => other.profile === profile)
  }

  /** Counts the user under the values of a list that no share has. */
  #countUser(profile: Profile, sign: 1 | -1): void {
    for (const { text, entity } of countedOf(profile).keys)
      if (!this.#held.isUnder(text)) this.#increments.add(COHORT_USERS, entity, sign)
  }

  /** @param categoryEntity key of the shared sums of its category */
  #count(share: Share, categoryEntity: string | undefined, sign: 1 | -1, seenAt?: number): void {
    const increments = this.#increments
    const { category, profile } = share
    // The sums of an earlier life of the item are read no more. Under the id, the present life would lose what it never had.
    const item = increments.isPast(share.item) ? undefined : itemOfName(share.item)
    const weight = sign * share.weight
    const time = timeOf(share)
    const { entities } = countedOf(profile)
    const members: (readonly [SetSlot, string])[] = []
    if (item !== undefined) members.push([COHORT_ITEMS, item])
    if (categoryEntity !== undefined) members.push([COHORT_CATEGORIES, category])
    increments.addDecayedTo(entities, COHORT_WEIGHT, members, weight, time, seenAt)
    if (item !== undefined) increments.addDecayed(COHORT_ITEM_WEIGHT, itemKey(item), weight, time)
    increments.addDecayed(COHORT_WEIGHT, SHOP, weight, time)
    if (categoryEntity !== undefined) increments.addDecayed(COHORT_WEIGHT, categoryEntity, weight, time)
  }
}
