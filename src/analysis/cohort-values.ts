import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { type Cohort, cohortAttribute, cohortEntity, cohortKey, leastUsers, OTHER_VALUES } from '../accumulators/cohort.ts'
import { ROUNDING } from '../accumulators/cohort-lift.ts'
import { commonValuesRead, scoresAt } from '../accumulators/cohort-reading.ts'
import { COHORT_ITEM_WEIGHT, COHORT_ITEMS, COHORT_USERS, COHORT_WEIGHT } from '../accumulators/cohort-sums.ts'
import { AttributeRows, AttributeValues, SharedRows } from '../accumulators/feature-input.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { StateStore } from '../state/store.ts'

interface Parts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
  readonly catalogue: Catalogue
  readonly clock: Clock
}

/** A value of a cohort that users have. */
export interface CohortValue {
  readonly cohort: Cohort
  /** Text of the value; empty for all values that do not count by themselves. */
  readonly value: string
  /** Number of distinct users who acted on items under the value. */
  readonly users: number
  /** Weight of the actions of these users on all items. */
  readonly weight: number
  /** Weight of the actions of all users on all items. */
  readonly shopWeight: number
}

/** An item on which people with a value act. */
export interface CohortItem {
  readonly itemId: string
  /** Share of the item in the actions of these people, 0 to 1. */
  readonly share: number
  /** Share of the item in the actions of all people, 0 to 1. */
  readonly shareInShop: number
}

/**
 * Returns values of a cohort with their numbers of users, most users first. Leaves out values without users and, of a protected
 * cohort, values with few users.
 * @param values texts of the values; undefined for those that came up most
 * @throws UnavailableError if the store does not answer
 */
export async function cohortValues(cohort: Cohort, values: readonly string[] | undefined, parts: Parts): Promise<CohortValue[]> {
  const named = new Set(values ?? [...(await commonValues(cohort, parts)), OTHER_VALUES])
  const { rows, rowOf, shop } = await readRows(cohort, named, parts)
  const [users, weight] = [rows.sum(COHORT_USERS), rows.decayed(COHORT_WEIGHT)]
  const shopWeight = weight(shop)
  return [...named]
    .map((value) => ({ cohort, value, users: users(rowOf(value)), weight: weight(rowOf(value)), shopWeight }))
    .filter((of) => of.users >= leastUsers(cohort))
    .sort((a, b) => b.users - a.users || (a.value < b.value ? -1 : 1))
}

/**
 * Returns the items on which people with a value act most, the largest share first.
 * @throws UnavailableError if the store does not answer
 */
export async function cohortItems(of: CohortValue, first: number, parts: Parts): Promise<CohortItem[]> {
  const { store, accumulators, domain, catalogue, clock } = parts
  const entity = cohortEntity(cohortKey(of.cohort.name, of.value))
  const [view] = await catalogue.lives.readSets(store, [{ entity, set: COHORT_ITEMS, limit: first }])
  const now = clock.now()
  const block = await catalogue.lives.readRows(store, view.members)
  const inShop = new SharedRows(accumulators.layout, 'item', block, now, domain.expiry.item).decayed(COHORT_ITEM_WEIGHT)
  const { decay } = scoresAt(view, now)
  return view.members
    .map((itemId, at) => ({
      itemId,
      share: (view.scores[at] * decay) / of.weight,
      shareInShop: inShop(at) / of.shopWeight,
    }))
    .filter(({ share }) => share > ROUNDING)
}

async function commonValues(cohort: Cohort, { store }: Parts): Promise<readonly string[]> {
  const [{ members }] = await store.readSets([commonValuesRead(cohort)])
  return members
}

/** Reads the sums of values, and of the shop. */
async function readRows({ name }: Cohort, values: Iterable<string>, { store, accumulators, domain, clock }: Parts) {
  const attribute = cohortAttribute(name)
  const wanted = new AttributeValues()
  for (const value of values) wanted.add(attribute, value)
  const block = await store.readRows('attribute', wanted.keys)
  const shared = new SharedRows(accumulators.layout, 'attribute', block, clock.now(), domain.expiry.item)
  const { rows, shop } = new AttributeRows(shared, wanted)
  return { rows, shop, rowOf: (value: string) => wanted.rowOf(attribute, value) }
}
