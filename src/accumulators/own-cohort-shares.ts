import type { ItemLives } from '../catalogue/item-lives.ts'
import { decayedValue, epochOf } from '../state/decay.ts'
import { decayedAddend } from '../state/increments.ts'
import type { UserValue } from '../state/user-value.ts'
import { COHORT_SHARES, type Share, timeOf } from './cohort-shares.ts'
import { COHORT_HALF_LIFE } from './cohort-sums.ts'
import { oncePerInput } from './once-per-input.ts'

/** What one user has added to the sums of cohorts, to be subtracted from them. */
export class OwnShares {
  readonly #shares: readonly Share[]
  readonly #excess: readonly string[]
  /** Shares by item, of its present life: one, or several after a merge. */
  readonly #byItem = new Map<string, Share[]>()

  constructor(user: UserValue, lives: Pick<ItemLives, 'presentItem'>) {
    const { shares, excess } = user.get(COHORT_SHARES)
    this.#shares = shares
    this.#excess = excess
    for (const share of shares) {
      const itemId = lives.presentItem(share.item)
      if (itemId === undefined) continue
      const held = this.#byItem.get(itemId)
      if (held) held.push(share)
      else this.#byItem.set(itemId, [share])
    }
  }

  /** Returns the user's part of the number of users under a value. @param key such as `city=Graz` */
  users(key: string): number {
    const isUnder = this.#shares.some(({ profile }) => profile.includes(key))
    return Number(isUnder) + this.#excess.filter((text) => text === key).length
  }

  /** Returns the user's weight at a time, in ms. @param key of a value; absent for the whole shop */
  total(time: number, key?: string): number {
    return sumOf(this.#shares, time, key)
  }

  /** Returns the user's weight on an item at a time, in ms. @param key of a value; absent for the whole shop */
  ofItem(itemId: string, time: number, key?: string): number {
    const held = this.#byItem.get(itemId)
    return held ? sumOf(held, time, key) : 0
  }

  /** Returns the user's weight on a category at a time, in ms. @param key of a value; absent for the whole shop */
  ofCategory(name: string, time: number, key?: string): number {
    return sumOf(
      this.#shares.filter(({ category }) => category === name),
      time,
      key,
    )
  }

  /** Returns what the user added to sums of an item that count every share with the same value. @param valueIn value of a share; NaN for none */
  numbers(time: number, valueIn: (share: Share) => number, itemId?: string): number {
    const held = itemId === undefined ? this.#shares : (this.#byItem.get(itemId) ?? [])
    let total = 0
    for (const share of held) {
      const value = valueIn(share)
      if (!Number.isNaN(value)) total += heldAt(share, value, time)
    }
    return total
  }
}

/** Returns the weight of shares at a time. @param key of a value under which they must count; absent for all */
function sumOf(shares: readonly Share[], time: number, key: string | undefined): number {
  let total = 0
  for (const share of shares) if (key === undefined || share.profile.includes(key)) total += heldAt(share, share.weight, time)
  return total
}

/** Returns what a share put on a sum, as it is read at a time. It is rounded as the sum was. */
function heldAt(share: Share, value: number, time: number): number {
  const from = timeOf(share)
  const added = decayedAddend(value, from, COHORT_HALF_LIFE)
  return decayedValue(added, epochOf(from, COHORT_HALF_LIFE), time, COHORT_HALF_LIFE)
}

/** Returns what the user of an input has added. */
export const ownShares = oncePerInput(({ user, lives }) => new OwnShares(user, lives))
