import { nameOfLife } from '../catalogue/item-lives.ts'
import type { Increments } from '../state/increments.ts'
import { HOUR } from '../time-units.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import { type Cohort, cohortEntity, cohortKey, cohortOfKey, OTHER_VALUES, type Profile, valuesOfPerson } from './cohort.ts'
import { liftFeatures } from './cohort-features.ts'
import { COHORT_SHARES, MOST_SHARES } from './cohort-shares.ts'
import {
  COHORT_CATEGORIES,
  COHORT_ITEM_WEIGHT,
  COHORT_ITEMS,
  COHORT_USERS,
  COHORT_VALUES,
  COHORT_WEIGHT,
  CohortLedger,
} from './cohort-sums.ts'
import { firstValueOf } from './counted-values.ts'
import { ACTIONS } from './event-meaning.ts'

/** Returns the key of all values that do not count by themselves. @param key of one of them */
function keyOfOthers(key: string): string {
  return cohortKey(cohortOfKey(key), OTHER_VALUES)
}

/** Returns the values under which an event counts. @param rare keys of those that do not count by themselves */
function profileOf(keys: Profile, rare: readonly string[] | undefined): Profile {
  return rare ? [...new Set(keys.map((key) => (rare.includes(key) ? keyOfOthers(key) : key)))] : keys
}

/** Notes that a user has come up with values. */
function noteValues(keys: readonly string[], increments: Increments, time: number): void {
  for (const key of keys) {
    const entity = cohortEntity(keyOfOthers(key))
    increments.seen(entity, time)
    increments.addToSet(COHORT_VALUES, entity, key.slice(key.indexOf('=') + 1), 1, time)
  }
}

/** Makes the accumulator of cohorts: on which items the people act who share a value of a declared attribute. */
export function cohorts(declared: readonly Cohort[]): Accumulator {
  const reduce = ({ event, facts, meaning, time, user, increments }: Reduction): void => {
    const held = user.get(COHORT_SHARES)
    const ledger = new CohortLedger(held, increments)
    if (held.isMerged) ledger.settle()
    if (meaning.weight <= 0) return
    let profile: Profile | undefined
    for (const { itemId, life = 0, attributes } of facts.items) {
      const item = nameOfLife(itemId, life)
      const before = held.find(item)
      if (before && before.weight >= meaning.weight) continue
      if (!profile) {
        const values = valuesOfPerson(declared, user.attributes, event.eventAttributes)
        const counted = profileOf(values, facts.rareValues)
        profile = held.known(counted)
        if (!profile) {
          // A list of its own: what is counted under two lists is logged apart.
          profile = [...counted]
          noteValues(values, increments, time)
        }
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
    roles: ACTIONS,
    expires: 'item',
    attributes: { category: 'key' },
    parts: [COHORT_SHARES],
    slots: [COHORT_WEIGHT, COHORT_USERS, COHORT_ITEM_WEIGHT],
    sets: [COHORT_ITEMS, COHORT_CATEGORIES, COHORT_VALUES],
    reduce,
    merge: (into, from) => into.get(COHORT_SHARES).merge(from.get(COHORT_SHARES)),
    withdraw: (user, increments) => new CohortLedger(user.get(COHORT_SHARES), increments).removeAll(),
    features: liftFeatures(declared),
  }
}
