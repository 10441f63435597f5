import { cohortKey, cohortNumber } from './cohort.ts'
import type { Profile } from './cohort-shares.ts'
import { numberText } from './cohort-sums.ts'
import { countedIn } from './counted-values.ts'
import { oncePerValues } from './once-per-values.ts'

/** Values of cohorts that a person has when an event is counted. Never changed: events of a user share them. */
export interface ValuesOfPerson {
  /** Keys of the values of all cohorts, such as `city=Graz`. */
  readonly keys: readonly string[]
  /** Texts of the numbers of which cohorts keep mean and spread, such as `age:34`. */
  readonly numbers: readonly string[]
  /** Keys and numbers. */
  readonly profile: Profile
}

/** Returns the values that a person has, from the cohorts of the domain, the attributes of the user, and those of the event. */
export const valuesOfPerson = oncePerValues((cohorts, valuesOf, user): ValuesOfPerson => {
  const keys = cohorts.flatMap((cohort) => valuesOf(cohort).map((value) => cohortKey(cohort.name, value)))
  const numbers = cohorts.flatMap((cohort) => {
    const reference = cohortNumber(cohort)
    const value = reference && countedIn(user, reference.attribute, reference.declaration)
    return typeof value === 'number' ? [numberText(cohort.name, value)] : []
  })
  return { keys, numbers, profile: [...keys, ...numbers] }
})
