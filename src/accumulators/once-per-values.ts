import type { CountedValues } from '../state/log/entry.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type Cohort, type CohortReference, cohortValues, keysOf, type ValueOf, valuesIn } from './cohort.ts'

/** Returns the values of a cohort that a person has. */
export type ValuesOf = (cohort: Cohort) => readonly string[]

/** What was found for a person, and the values of the context with which it was found. */
interface Found<T> {
  readonly cohorts: readonly Cohort[]
  /** By attribute of the context that a cohort names. */
  readonly ofContext: readonly (readonly string[])[]
  readonly result: T
}

/**
 * Caches what depends on the values of cohorts that a person has. From one event or request of a user to the next, these seldom change.
 * The latest result of each user is kept, as long as the object with the attributes of the user, which changes with an upload alone.
 * @param find called with the attributes of the user, and with what else it may ask for
 */
export function oncePerValues<T>(
  find: (cohorts: readonly Cohort[], valuesOf: ValuesOf, user: JsonObject) => T,
): (cohorts: readonly Cohort[], user: JsonObject, context: JsonObject | CountedValues | undefined) => T {
  const memory = new WeakMap<JsonObject, Found<T>>()
  return (cohorts, user, context) => {
    const held = memory.get(user)
    const valueIn = valuesIn(user, context)
    const references = contextReferences(cohorts)
    if (held?.cohorts === cohorts && references.every((reference, at) => isEqual(keysIn(reference, valueIn), held.ofContext[at])))
      return held.result
    const result = find(cohorts, (cohort) => cohortValues(cohort, valueIn), user)
    memory.set(user, { cohorts, ofContext: references.map((reference) => keysIn(reference, valueIn)), result })
    return result
  }
}

function keysIn(reference: CohortReference, valueIn: ValueOf): readonly string[] {
  return keysOf(reference.declaration, valueIn(reference))
}

/** Attributes of the context that cohorts name, each once. */
function contextReferences(cohorts: readonly Cohort[]): readonly CohortReference[] {
  let references = CONTEXT.get(cohorts)
  if (!references) {
    const named = cohorts.flatMap((cohort) => cohort.references).filter(({ of }) => of === 'context')
    references = [...new Map(named.map((reference) => [reference.attribute, reference])).values()]
    CONTEXT.set(cohorts, references)
  }
  return references
}

const CONTEXT = new WeakMap<readonly Cohort[], readonly CohortReference[]>()

function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((text, at) => text === other[at]))
}
