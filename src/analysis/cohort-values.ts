import { type Cohort, cohortAttribute, cohortEntity, cohortKey, leastUsers, OTHER_VALUES } from '../accumulators/cohort.ts'
import { ROUNDING } from '../accumulators/cohort-lift.ts'
import { scoresAt } from '../accumulators/cohort-reading.ts'
import {
  COHORT_ITEM_WEIGHT,
  COHORT_ITEMS,
  COHORT_USERS,
  COHORT_VALUES,
  COHORT_WEIGHT,
  MOST_VALUES,
} from '../accumulators/cohort-sums.ts'
import { AttributeRows, AttributeValues, SharedRows } from '../accumulators/feature-input.ts'
import type { Service } from '../service.ts'

type Parts = Pick<Service, 'store' | 'accumulators' | 'domain' | 'catalogue' | 'clock'>

/** A value of a cohort that users have. */
export interface CohortValue {
  readonly cohort: Cohort
  /** Text of the value; empty for all values that do not count by themselves. */
  readonly value: string
  /** Number of distinct users who acted on items under the value. */
  readonly users: number
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
  const { rows, rowOf } = await readRows(cohort, [...named], parts)
  const users = rows.sum(COHORT_USERS)
  return [...named]
    .map((value) => ({ cohort, value, users: users(rowOf(value)) }))
    .filter((of) => of.users >= leastUsers(cohort))
    .sort((a, b) => b.users - a.users || (a.value < b.value ? -1 : 1))
}

/**
 * Returns the items on which people with a value act most, the largest share first.
 * @throws UnavailableError if the store does not answer
 */
export async function cohortItems({ cohort, value }: CohortValue, first: number, parts: Parts): Promise<CohortItem[]> {
  const { store, accumulators, domain, catalogue, clock } = parts
  const entity = cohortEntity(cohortKey(cohort.name, value))
  const [{ rows, rowOf, shop }, [view]] = await Promise.all([
    readRows(cohort, [value], parts),
    catalogue.lives.readSets(store, [{ entity, set: COHORT_ITEMS, limit: first }]),
  ])
  const now = clock.now()
  const block = await catalogue.lives.readRows(store, view.members)
  const inShop = new SharedRows(accumulators.layout, 'item', block, now, domain.expiry.item).decayed(COHORT_ITEM_WEIGHT)
  const weight = rows.decayed(COHORT_WEIGHT)
  const { decay } = scoresAt(view, now)
  return view.members
    .map((itemId, at) => ({
      itemId,
      share: (view.scores[at] * decay) / weight(rowOf(value)),
      shareInShop: inShop(at) / weight(shop),
    }))
    .filter(({ share }) => share > ROUNDING)
}

async function commonValues({ name }: Cohort, { store }: Parts): Promise<readonly string[]> {
  const entity = cohortEntity(cohortKey(name, OTHER_VALUES))
  const [{ members }] = await store.readSets([{ entity, set: COHORT_VALUES, limit: MOST_VALUES }])
  return members
}

/** Reads the sums of values, and of the shop. */
async function readRows({ name }: Cohort, values: readonly string[], { store, accumulators, domain, clock }: Parts) {
  const attribute = cohortAttribute(name)
  const wanted = new AttributeValues()
  for (const value of values) wanted.add(attribute, value)
  const block = await store.readRows('attribute', wanted.keys)
  const shared = new SharedRows(accumulators.layout, 'attribute', block, clock.now(), domain.expiry.item)
  const { rows, shop } = new AttributeRows(shared, wanted)
  return { rows, shop, rowOf: (value: string) => wanted.rowOf(attribute, value) }
}
