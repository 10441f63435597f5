import type { ItemLives } from '../catalogue/item-lives.ts'
import { decayedValue, epochOf } from '../state/decay.ts'
import { decayedAddend } from '../state/increments.ts'
import type { UserValue } from '../state/user-value.ts'
import { COHORT_SHARES, type Profile, type Share, timeOf } from './cohort-shares.ts'
import { COHORT_HALF_LIFE } from './cohort-sums.ts'
import { oncePerInput } from './once-per-input.ts'

/** Shares from one place to the one before another. */
interface Run {
  readonly profile: Profile
  readonly from: number
  readonly to: number
}

function runsOf(shares: readonly Share[]): readonly Run[] {
  const runs: Run[] = []
  for (let from = 0, to = 0; from < shares.length; from = to) {
    const { profile } = shares[from]
    while (to < shares.length && shares[to].profile === profile) to++
    runs.push({ profile, from, to })
  }
  return runs
}

/** What one user has added to the sums of cohorts, to be subtracted from them. */
export class OwnShares {
  readonly #shares: readonly Share[]
  readonly #excess: readonly string[]
  /** Shares that follow each other and count under one list of values: nearly always all of them. */
  readonly #runs: readonly Run[]
  /** Places of shares by item, of its present life: one, or several after a merge. */
  readonly #byItem = new Map<string, number[]>()
  /** Places of the shares under each value that was asked for. */
  readonly #byKey = new Map<string, readonly number[]>()
  #weights: { readonly time: number; readonly values: Float64Array } | undefined

  constructor(user: UserValue, lives: Pick<ItemLives, 'presentItem'>) {
    const { shares, excess } = user.get(COHORT_SHARES)
    this.#shares = shares
    this.#excess = excess
    this.#runs = runsOf(shares)
    for (let place = 0; place < shares.length; place++) {
      const itemId = lives.presentItem(shares[place].item)
      if (itemId === undefined) continue
      const held = this.#byItem.get(itemId)
      if (held) held.push(place)
      else this.#byItem.set(itemId, [place])
    }
  }

  /** Returns the user's part of the number of users under a value. @param key such as `city=Graz` */
  users(key: string): number {
    const once = Number(this.#under(key).length > 0)
    return this.#excess.length === 0 ? once : once + this.#excess.filter((text) => text === key).length
  }

  /** Returns the user's weight at a time, in ms. @param key of a value; absent for the whole shop */
  total(time: number, key?: string): number {
    const weights = this.#weightsAt(time)
    let total = 0
    if (key === undefined) for (const weight of weights) total += weight
    else for (const place of this.#under(key)) total += weights[place]
    return total
  }

  /** Returns the user's weight on an item at a time, in ms. @param key of a value; absent for the whole shop */
  ofItem(itemId: string, time: number, key?: string): number {
    const held = this.#byItem.get(itemId)
    return held ? this.#sumOf(held, time, key) : 0
  }

  /** Returns the user's weight on a category at a time, in ms. @param key of a value; absent for the whole shop */
  ofCategory(name: string, time: number, key?: string): number {
    const held: number[] = []
    for (const [place, { category }] of this.#shares.entries()) if (category === name) held.push(place)
    return this.#sumOf(held, time, key)
  }

  /** Returns what the user added to sums of an item that count every share with the same value. @param valueIn value of a share; NaN for none */
  numbers(time: number, valueIn: (share: Share) => number, itemId?: string): number {
    const shares = this.#shares
    const held = itemId === undefined ? shares.keys() : (this.#byItem.get(itemId) ?? [])
    let total = 0
    for (const place of held) {
      const value = valueIn(shares[place])
      if (!Number.isNaN(value)) total += heldAt(shares[place], value, time)
    }
    return total
  }

  #sumOf(places: readonly number[], time: number, key: string | undefined): number {
    const weights = this.#weightsAt(time)
    let total = 0
    for (const place of places) if (key === undefined || this.#shares[place].profile.includes(key)) total += weights[place]
    return total
  }

  /** Places of the shares under a value. */
  #under(key: string): readonly number[] {
    const known = this.#byKey.get(key)
    if (known) return known
    const places: number[] = []
    for (const { profile, from, to } of this.#runs)
      if (profile.includes(key)) for (let place = from; place < to; place++) places.push(place)
    this.#byKey.set(key, places)
    return places
  }

  /** Weights of the shares at a time: nearly all sums of a slate are read at one time. */
  #weightsAt(time: number): Float64Array {
    if (this.#weights?.time !== time)
      this.#weights = { time, values: Float64Array.from(this.#shares, (share) => heldAt(share, share.weight, time)) }
    return this.#weights.values
  }
}

/** Returns what a share put on a sum, as it is read at a time. It is rounded as the sum was. */
function heldAt(share: Share, value: number, time: number): number {
  const from = timeOf(share)
  const added = decayedAddend(value, from, COHORT_HALF_LIFE)
  return decayedValue(added, epochOf(from, COHORT_HALF_LIFE), time, COHORT_HALF_LIFE)
}

/** Returns what the user of an input has added. */
export const ownShares = oncePerInput(({ user, lives }) => new OwnShares(user, lives))
