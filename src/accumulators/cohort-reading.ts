import { decayedValue, readingTime } from '../state/decay.ts'
import type { CountedValues } from '../state/log/entry.ts'
import type { SetView } from '../state/shared-sums.ts'
import { attributeKey } from '../state/slots.ts'
import type { SetRead } from '../state/store.ts'
import type { JsonObject, UserValue } from '../state/user-value.ts'
import {
  type Cohort,
  cohortAttribute,
  cohortEntity,
  cohortKey,
  cohortValues,
  hasValues,
  leastUsers,
  OTHER_VALUES,
  valuesAtRequest,
} from './cohort.ts'
import { ROUNDING } from './cohort-lift.ts'
import {
  COHORT_CATEGORIES,
  COHORT_HALF_LIFE,
  COHORT_ITEMS,
  COHORT_USERS,
  COHORT_VALUES,
  COHORT_WEIGHT,
  MOST_VALUES,
} from './cohort-sums.ts'
import type { AttributeRows, CohortLists } from './feature-input.ts'
import type { OwnShares } from './own-cohort-shares.ts'

/** A value of a cohort that is read for a person. */
export interface AskedValue {
  readonly cohort: Cohort
  /** Name and value under which it has shared sums, and their key. */
  readonly attribute: string
  readonly value: string
  readonly entity: string
}

/** Returns the values to read for a person at a request: theirs, and those that stand for all values that do not count by themselves. */
export function askedValues(
  cohorts: readonly Cohort[],
  user: Pick<UserValue, 'attributes'>,
  context: CountedValues = NO_CONTEXT,
): readonly AskedValue[] {
  if (cohorts.length === 0) return []
  const held = ASKED.get(user.attributes)
  if (held?.cohorts === cohorts && held.context === context) return held.asked
  const valueIn = valuesAtRequest(user.attributes, context)
  const asked = cohorts.flatMap((cohort) => {
    const values = hasValues(cohort) ? cohortValues(cohort, valueIn) : []
    const attribute = cohortAttribute(cohort.name)
    const asked = values.length === 0 ? [] : [...values, OTHER_VALUES]
    return asked.map((value) => ({ cohort, attribute, value, entity: attributeKey(attribute, value) }))
  })
  ASKED.set(user.attributes, { cohorts, context, asked })
  return asked
}

const NO_CONTEXT: CountedValues = {}

/** The latest answer by attributes of a user: a slate asks several times. */
const ASKED = new WeakMap<
  JsonObject,
  { readonly cohorts: readonly Cohort[]; readonly context: CountedValues; readonly asked: readonly AskedValue[] }
>()

/** Returns the read of the values of a cohort that count by themselves. */
export function commonValuesRead({ name }: Cohort): SetRead {
  return { entity: cohortEntity(cohortKey(name, OTHER_VALUES)), set: COHORT_VALUES, limit: MOST_VALUES }
}

/** Returns the reads of the sets of a value. */
export function listReads({ entity }: AskedValue): SetRead[] {
  return [COHORT_ITEMS, COHORT_CATEGORIES].map((set) => ({ entity, set, limit: set.capacity, inAnyOrder: true }))
}

/** Returns the sets by the key of their shared sums. @param views answers to `listReads` of each value, in the same order */
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
  const time = readingTime(latest, now)
  return { time, decay: decayedValue(1, epoch, time, COHORT_HALF_LIFE) }
}

/**
 * Reads a value of a cohort. If nothing was counted under the value itself, it is among those that count together.
 * @param lists sets by entity
 * @returns undefined if too few other users have a share under the value
 */
export function readValue(
  cohort: Cohort,
  value: string,
  read: AttributeRows,
  lists: ReadonlyMap<string, CohortLists>,
  own: OwnShares,
): CohortReading | undefined {
  const { rows } = read
  const attribute = cohortAttribute(cohort.name)
  const weight = rows.decayed(COHORT_WEIGHT)
  for (const one of [value, OTHER_VALUES]) {
    const row = read.rowOf(attribute, one)
    if (row < 0 || !(weight(row) > 0)) continue
    const key = cohortKey(cohort.name, one)
    const found = lists.get(cohortEntity(key))
    const users = rows.sum(COHORT_USERS)(row) - own.users(key)
    const rest = others(weight(row), own.total(rows.time(row), key))
    return found && users >= leastUsers(cohort) && rest > 0 ? { key, value: rest, lists: found } : undefined
  }
  return undefined
}
