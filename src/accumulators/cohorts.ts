import { nameOfLife } from '../catalogue/item-lives.ts'
import type { Increments } from '../state/increments.ts'
import type { JsonObject } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import { type Cohort, type CohortReference, cohortEntity, cohortKey, cohortNumber, countedKeys, OTHER_VALUES } from './cohort.ts'
import { liftFeatures } from './cohort-features.ts'
import { numberFeatures } from './cohort-numbers.ts'
import { COHORT_SHARES, MOST_SHARES, type Profile } from './cohort-shares.ts'
import {
  COHORT_CATEGORIES,
  COHORT_ITEM_WEIGHT,
  COHORT_ITEMS,
  COHORT_USERS,
  COHORT_VALUES,
  COHORT_WEIGHT,
  CohortLedger,
  type CountedNumber,
  numberSums,
  numberText,
} from './cohort-sums.ts'
import { countedIn } from './counted-values.ts'
import { firstValueOf } from './declared-values.ts'

/** Returns the key of all values that do not count by themselves. @param key of one of them */
function keyOfOthers(key: string): string {
  return cohortKey(key.slice(0, key.indexOf('=')), OTHER_VALUES)
}

/** Returns the values under which an event counts. @param keys of the person @param rare those that do not count by themselves */
function profileOf(
  numbered: readonly NumberedCohort[],
  user: JsonObject,
  keys: readonly string[],
  rare: readonly string[] | undefined,
): Profile {
  const numbers = numbered.flatMap(({ name, reference: { attribute, declaration } }) => {
    const value = countedIn(user, attribute, declaration)
    return typeof value === 'number' ? [numberText(name, value)] : []
  })
  if (!rare) return [...keys, ...numbers]
  return [...new Set(keys.map((key) => (rare.includes(key) ? keyOfOthers(key) : key))), ...numbers]
}

/** A cohort of a number of users, of which the mean is kept. */
interface NumberedCohort {
  readonly name: string
  readonly reference: CohortReference
}

/** Notes that a user has come up with values. */
function noteValues(keys: readonly string[], increments: Increments, time: number): void {
  for (const key of keys) {
    const entity = cohortEntity(keyOfOthers(key))
    increments.seen(entity, time)
    increments.addToSet(COHORT_VALUES, entity, key.slice(key.indexOf('=') + 1), 1, time)
  }
}

/** Returns the sums of the numbers that cohorts keep, by cohort. */
export function countedNumbers(cohorts: readonly Cohort[]): ReadonlyMap<string, CountedNumber> {
  const counted = cohorts.filter((cohort) => cohortNumber(cohort) !== undefined)
  return new Map(counted.map(({ name }) => [name, { ofItem: numberSums('item', name), ofShop: numberSums('attribute', name) }]))
}

/** Makes the accumulator of cohorts: on which items the people act who share a value of a declared attribute. */
export function cohorts(declared: readonly Cohort[], itemKeys: readonly string[]): Accumulator {
  const numbers = countedNumbers(declared)
  const numbered = declared.flatMap((cohort) => {
    const reference = cohortNumber(cohort)
    return reference ? [{ name: cohort.name, reference }] : []
  })
  const reduce = ({ event, facts, meaning, time, user, increments }: Reduction): void => {
    const held = user.get(COHORT_SHARES)
    const ledger = new CohortLedger(held, increments, numbers)
    if (held.isMerged) ledger.settle()
    if (meaning.weight <= 0) return
    let profile: Profile | undefined
    for (const { itemId, life = 0, attributes } of facts.items) {
      const item = nameOfLife(itemId, life)
      const before = held.find(item)
      if (before && before.weight >= meaning.weight) continue
      if (!profile) {
        const keys = declared.flatMap((cohort) => countedKeys(cohort, user.attributes, event.eventAttributes))
        const values = profileOf(numbered, user.attributes, keys, facts.rareValues)
        profile = held.known(values)
        if (profile === values) noteValues(keys, increments, time)
      }
      if (before) ledger.remove(before)
      const hour = Math.max(before?.hour ?? 0, Math.floor(time / HOUR))
      const category = firstValueOf(attributes, 'category') ?? ''
      ledger.add({ item, weight: meaning.weight, hour, category, profile }, time)
    }
  }
  return {
    name: 'cohorts',
    entity: 'USER_ITEM',
    description: `On which items people act who share the value of an attribute. An item counts once for each user, with the highest weight of the user's events on it, for the latest ${MOST_SHARES} items of each user, decayed with a half-life of 30 days. The share of the user that a slate is for is left out.`,
    roles: [],
    expires: 'item',
    attributes: { category: 'key' },
    parts: [COHORT_SHARES],
    slots: [
      ...[COHORT_WEIGHT, COHORT_USERS, COHORT_ITEM_WEIGHT],
      ...[...numbers.values()].flatMap(({ ofItem, ofShop }) => [...Object.values(ofItem), ...Object.values(ofShop)]),
    ],
    sets: [COHORT_ITEMS, COHORT_CATEGORIES, COHORT_VALUES],
    reduce,
    merge: (into, from) => into.get(COHORT_SHARES).merge(from.get(COHORT_SHARES)),
    withdraw: (user, increments) => new CohortLedger(user.get(COHORT_SHARES), increments, numbers).removeAll(),
    features: [...liftFeatures(declared, itemKeys), ...numberFeatures(declared, numbers)],
  }
}
