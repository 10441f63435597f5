import type { Increments } from '../state/increments.ts'
import { attributeKey, decayedSum, itemKey, SHOP, type Slot, scoredSet, sum } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import { cohortEntity } from './cohort.ts'
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

/** Sums of a number of users: of an item over its distinct users, and of the whole shop over all shares. */
export interface NumberSums {
  readonly users: Slot
  readonly total: Slot
  readonly squares: Slot
}

/** Makes the sums of a cohort's number, of items or of the shop. */
export function numberSums(kind: 'item' | 'attribute', cohort: string): NumberSums {
  const slot = (what: string) => decayedSum(kind, `cohort_${cohort}_${what}`, COHORT_HALF_LIFE)
  return { users: slot('users'), total: slot('total'), squares: slot('squares') }
}

/** Sums of one number: those of items and those of the shop. */
export interface CountedNumber {
  readonly ofItem: NumberSums
  readonly ofShop: NumberSums
}

/** Returns the text of a number in a list of values, such as `age:34`. */
export function numberText(cohort: string, value: number): string {
  return `${cohort}:${value}`
}

/** Returns whether a text of a list of values is the key of a value, and not a number. */
export function isKey(text: string): boolean {
  // Names of cohorts have neither sign.
  const sign = /[=:]/.exec(text)
  return sign?.[0] === '='
}

/** Returns the number of a cohort in a list of values; NaN if it has none. */
export function numberIn(profile: readonly string[], cohort: string): number {
  const found = profile.find((text) => text.startsWith(`${cohort}:`))
  return found === undefined ? Number.NaN : Number(found.slice(cohort.length + 1))
}

/**
 * Keeps the shares of one user and the shared sums equal: whatever enters or leaves the user's shares is added to the sums or
 * subtracted from them. So the sums are those of the shares of all users, and the share of one user can be subtracted exactly.
 */
export class CohortLedger {
  readonly #held: CohortShares
  readonly #increments: Increments
  readonly #numbers: ReadonlyMap<string, CountedNumber>

  /** @param numbers sums of counted numbers, by cohort */
  constructor(held: CohortShares, increments: Increments, numbers: ReadonlyMap<string, CountedNumber>) {
    this.#held = held
    this.#increments = increments
    this.#numbers = numbers
  }

  /** Adds a share, and removes those beyond the bound. @param seenAt time of the event, in ms */
  add(share: Share, seenAt: number): void {
    for (const text of share.profile) if (isKey(text)) this.#increments.seen(cohortEntity(text), seenAt)
    this.#countUser(share, 1)
    this.#increments.seen(itemKey(share.item), seenAt)
    this.#increments.seen(SHOP, seenAt)
    if (share.category !== '') this.#increments.seen(attributeKey('category', share.category), seenAt)
    this.#held.insert(share)
    this.#count(share, 1)
    this.#removeBeyond()
  }

  remove(share: Share): void {
    this.#held.remove(share)
    this.#countUser(share, -1)
    this.#count(share, -1)
  }

  /** Makes one user of two ids that were merged: every item counts once, and every value has the user once. */
  settle(): void {
    const { excess, shares } = this.#held
    for (const text of excess.splice(0)) if (isKey(text)) this.#increments.add(COHORT_USERS, cohortEntity(text), -1)
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
    if (this.#held.shares.length <= MOST_SHARES && !this.#held.hasManyProfiles) return
    for (const share of this.#held.beyond) this.remove(share)
  }

  /** Counts the user under the values of a share that is not among the others. */
  #countUser({ profile }: Share, sign: 1 | -1): void {
    if (this.#held.shares.some((other) => other.profile === profile)) return
    for (const text of profile)
      if (isKey(text) && !this.#held.isUnder(text)) this.#increments.add(COHORT_USERS, cohortEntity(text), sign)
  }

  #count(share: Share, sign: 1 | -1): void {
    const increments = this.#increments
    const { item, category, profile } = share
    const weight = sign * share.weight
    const time = timeOf(share)
    for (const text of profile) {
      if (!isKey(text)) continue
      const entity = cohortEntity(text)
      increments.addDecayed(COHORT_WEIGHT, entity, weight, time)
      increments.addToSet(COHORT_ITEMS, entity, item, weight, time)
      if (category !== '') increments.addToSet(COHORT_CATEGORIES, entity, category, weight, time)
    }
    increments.addDecayed(COHORT_ITEM_WEIGHT, itemKey(item), weight, time)
    increments.addDecayed(COHORT_WEIGHT, SHOP, weight, time)
    if (category !== '') increments.addDecayed(COHORT_WEIGHT, attributeKey('category', category), weight, time)
    for (const [cohort, { ofItem, ofShop }] of this.#numbers) {
      const number = numberIn(profile, cohort)
      if (Number.isNaN(number)) continue
      for (const [entity, sums] of [
        [itemKey(item), ofItem],
        [SHOP, ofShop],
      ] as const) {
        increments.addDecayed(sums.users, entity, sign, time)
        increments.addDecayed(sums.total, entity, sign * number, time)
        increments.addDecayed(sums.squares, entity, sign * number * number, time)
      }
    }
  }
}
