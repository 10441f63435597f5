import type { ItemLives } from '../catalogue/item-lives.ts'
import { decayedValue, epochOf } from '../state/decay.ts'
import { decayedAddend } from '../state/increments.ts'
import type { SetView } from '../state/shared-sums.ts'
import { attributeKey } from '../state/slots.ts'
import type { SetRead } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import {
  type Cohort,
  cohortAttribute,
  cohortEntity,
  cohortKey,
  leastUsers,
  OTHER_VALUES,
  oncePerValues,
  type Profile,
} from './cohort.ts'
import { ROUNDING } from './cohort-lift.ts'
import { COHORT_SHARES, type Share, timeOf } from './cohort-shares.ts'
import {
  COHORT_CATEGORIES,
  COHORT_HALF_LIFE,
  COHORT_ITEMS,
  COHORT_USERS,
  COHORT_VALUES,
  COHORT_WEIGHT,
  MOST_VALUES,
} from './cohort-sums.ts'
import { type AttributeRows, AttributeValues, type CohortLists, oncePerInput } from './feature-input.ts'

/** A value of a cohort that is read for a person. */
export interface AskedValue {
  /** Such as `city=Graz`. */
  readonly key: string
  /** Name and value under which it has shared sums, and their key. */
  readonly attribute: string
  readonly value: string
  readonly entity: string
  /** Reads of its sets: items, then categories. */
  readonly reads: readonly SetRead[]
}

/** A cohort of which a person has values. */
export interface AskedCohort {
  readonly cohort: Cohort
  /** The values of the person, at least one. */
  readonly values: readonly AskedValue[]
  /** Stands for all values that do not count by themselves. */
  readonly others: AskedValue
}

/** What is read for a person at a request. Never changed: requests of a user share it. */
export interface Asked {
  readonly byCohort: ReadonlyMap<Cohort, AskedCohort>
  /** Of each cohort the values of the person, and the one that stands for others. */
  readonly values: readonly AskedValue[]
  /** Rows of these values. */
  readonly named: AttributeValues
}

/**
 * Returns what to read for a person at a request, from the cohorts of the domain, the attributes of the user, and the context of the
 * request.
 */
export const askedOf = oncePerValues((cohorts, valuesOf): Asked => {
  const byCohort = new Map<Cohort, AskedCohort>()
  for (const cohort of cohorts) {
    const values = valuesOf(cohort)
    if (values.length === 0) continue
    const asked = (value: string) => askedValue(cohort, value)
    byCohort.set(cohort, { cohort, values: values.map(asked), others: asked(OTHER_VALUES) })
  }
  const values = [...byCohort.values()].flatMap(({ values, others }) => [...values, others])
  const named = new AttributeValues()
  for (const { attribute, value, entity } of values) named.add(attribute, value, entity)
  return { byCohort, values, named }
})

/** Values that were asked for, by cohort: each has keys, and many people have it. */
const VALUES = new WeakMap<Cohort, Map<string, AskedValue>>()

function askedValue(cohort: Cohort, value: string): AskedValue {
  let known = VALUES.get(cohort)
  if (!known) {
    known = new Map()
    VALUES.set(cohort, known)
  }
  const held = known.get(value)
  if (held) return held
  const attribute = cohortAttribute(cohort.name)
  const entity = attributeKey(attribute, value)
  const asked = { key: cohortKey(cohort.name, value), attribute, value, entity, reads: listReads(entity) }
  if (known.size > MOST_VALUES) known.clear()
  known.set(value, asked)
  return asked
}

function listReads(entity: string): readonly SetRead[] {
  return [COHORT_ITEMS, COHORT_CATEGORIES].map((set) => ({ entity, set, limit: set.capacity, inAnyOrder: true }))
}

/** Returns the read of the values of a cohort that count by themselves. */
export function commonValuesRead({ name }: Cohort): SetRead {
  return { entity: cohortEntity(cohortKey(name, OTHER_VALUES)), set: COHORT_VALUES, limit: MOST_VALUES }
}

/** Returns the sets by the key of their shared sums. @param views answers to the reads of each value, in the same order */
export function listsOf(asked: readonly AskedValue[], views: readonly SetView[]): ReadonlyMap<string, CohortLists> {
  return new Map(asked.map(({ entity }, at) => [entity, { items: views[2 * at], categories: views[2 * at + 1] }]))
}

/** What the people with one value act on, without the asking user. */
export interface CohortReading {
  readonly key: string
  /** Weight of all items among people with the value; above 0. */
  readonly value: number
  readonly lists: CohortLists
}

/** Returns the weight of all items in the whole shop, without the asking user. */
export function shopWeight({ rows, shop }: AttributeRows, own: OwnShares): number {
  return others(rows.decayed(COHORT_WEIGHT)(shop), own.total(rows.time(shop)))
}

/** Returns what remains of a sum without the part of the asking user; 0 if what remains is a rounding error. */
export function others(sum: number, own: number): number {
  const rest = sum - own
  return rest > ROUNDING * sum ? rest : 0
}

/** Returns the scores of a set at the time of a decision. */
export function scoresAt({ epoch, latest }: SetView, now: number): { readonly time: number; readonly decay: number } {
  const time = Math.max(latest, now)
  return { time, decay: decayedValue(1, epoch, time, COHORT_HALF_LIFE) }
}

/**
 * Reads a value of a cohort. If nothing was counted under the value itself, it is among those that count together.
 * @param value one of the values of the cohort
 * @param lists sets by entity
 * @returns undefined if too few other users have a share under the value
 */
export function readValue(
  { cohort, others: together }: AskedCohort,
  value: AskedValue,
  read: AttributeRows,
  lists: ReadonlyMap<string, CohortLists>,
  own: OwnShares,
): CohortReading | undefined {
  const { rows } = read
  const weight = rows.decayed(COHORT_WEIGHT)
  for (const { key, attribute, value: text, entity } of [value, together]) {
    const row = read.rowOf(attribute, text)
    if (row < 0 || !(weight(row) > 0)) continue
    const found = lists.get(entity)
    const users = rows.sum(COHORT_USERS)(row) - own.users(key)
    const rest = others(weight(row), own.total(rows.time(row), key))
    return found && users >= leastUsers(cohort) && rest > 0 ? { key, value: rest, lists: found } : undefined
  }
  return undefined
}

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
      this.#weights = { time, values: Float64Array.from(this.#shares, (share) => heldAt(share, time)) }
    return this.#weights.values
  }
}

/** Returns what a share put on a sum, as it is read at a time. It is rounded as the sum was. */
function heldAt(share: Share, time: number): number {
  const from = timeOf(share)
  const added = decayedAddend(share.weight, from, COHORT_HALF_LIFE)
  return decayedValue(added, epochOf(from, COHORT_HALF_LIFE), time, COHORT_HALF_LIFE)
}

/** Returns what the user of an input has added. */
export const ownShares = oncePerInput(({ user, lives }) => new OwnShares(user, lives))
