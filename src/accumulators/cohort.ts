import type { CountedValue, CountedValues } from '../state/log-entry.ts'
import { attributeKey } from '../state/slots.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type AttributeDeclaration, countedIn, MOST_TEXTS, textsOf, type ValueClass, valueClasses } from './counted-values.ts'

/** A declared attribute of users or of the context of requests, by which a cohort divides people. */
export interface CohortReference {
  readonly of: 'user' | 'context'
  readonly attribute: string
  readonly declaration: AttributeDeclaration
}

/** A division of people by the values of one declared attribute, or by the values of two, which is a crossing. */
export interface Cohort {
  readonly name: string
  /** One attribute, or the two of a crossing. */
  readonly references: readonly CohortReference[]
  /** Whether one of the attributes is protected: the cohort then says nothing about a value with few users. */
  readonly isProtected: boolean
}

/** Least number of other users under a value of which a cohort says something. */
export function leastUsers({ isProtected }: Cohort): number {
  return isProtected ? 20 : 1
}

/** Value of a cohort that stands for all values that do not count by themselves. No counted text is empty. */
export const OTHER_VALUES = ''

/** Stands between the two values of a crossing. */
const CROSSING = '&'

/** Returns the counted value of an attribute; undefined if there is none. */
export type ValueOf = (reference: CohortReference) => CountedValue | undefined

/**
 * Returns the values of a person.
 * @param user attributes of the user
 * @param context that of a request, or the attributes of an event, which has the names of context attributes
 */
export function valuesIn(user: JsonObject, context: JsonObject | CountedValues | undefined): ValueOf {
  return ({ of, attribute, declaration }) => countedIn(of === 'user' ? user : (context as JsonObject), attribute, declaration)
}

/** Returns the values of a cohort that a person has, at most eight; none if an attribute is missing or has no keys. */
export function cohortValues({ references }: Cohort, valueIn: ValueOf): readonly string[] {
  const [first = [], second] = references.map((reference) => keysOf(reference.declaration, valueIn(reference)))
  if (second === undefined) return first
  const crossed = first.flatMap((one) => second.map((other) => `${escaped(one)}${CROSSING}${escaped(other)}`))
  return crossed.slice(0, MOST_TEXTS)
}

/** A text of one attribute must not look like a crossing of two. */
function escaped(text: string): string {
  if (!text.includes('%') && !text.includes(CROSSING)) return text
  return text.replaceAll('%', '%25').replaceAll(CROSSING, '%26')
}

/** Returns the values of a cohort of one attribute; none if the attribute is missing or its value is in no band. */
export function keysOf(declaration: AttributeDeclaration, value: CountedValue | undefined): readonly string[] {
  if (value === undefined) return NO_KEYS
  if (declaration.kind === 'key') return textsOf(value)
  if (declaration.kind === 'flag') return value === true ? TRUE : FALSE
  let bands = BANDS.get(declaration)
  if (!bands) {
    bands = valueClasses(declaration).map(({ suffix, includes }) => ({ keys: [suffix], includes }))
    BANDS.set(declaration, bands)
  }
  return bands.find(({ includes }) => includes(value))?.keys ?? NO_KEYS
}

const NO_KEYS: readonly string[] = []
const [TRUE, FALSE] = [['true'], ['false']]

/** Bands by declaration: they are asked for with each event. */
const BANDS = new WeakMap<
  AttributeDeclaration,
  readonly (Pick<ValueClass, 'includes'> & { readonly keys: readonly string[] })[]
>()

/** Returns the name under which the values of a cohort have shared sums. */
export function cohortAttribute(name: string): string {
  return `cohort_${name}`
}

/** Returns the text of a value of a cohort, such as `city=Graz`. */
export function cohortKey(name: string, value: string): string {
  return `${name}=${value}`
}

/** Returns the name of the cohort of which a key names a value. @param key such as `city=Graz` */
export function cohortOfKey(key: string): string {
  return key.slice(0, key.indexOf('='))
}

/** Returns the key of the shared sums of a value of a cohort. @param key such as `city=Graz` */
export function cohortEntity(key: string): string {
  const end = key.indexOf('=')
  return attributeKey(cohortAttribute(key.slice(0, end)), key.slice(end + 1))
}

/**
 * Values of cohorts under which an item of a user counts: keys such as `city=Graz`. Never changed: items that were counted under the
 * same values share one list.
 */
export type Profile = readonly string[]

/** Returns the values that a person has, from the cohorts of the domain, the attributes of the user, and those of the event. */
export const valuesOfPerson = oncePerValues(
  (cohorts, valuesOf): Profile => cohorts.flatMap((cohort) => valuesOf(cohort).map((value) => cohortKey(cohort.name, value))),
)

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
 */
export function oncePerValues<T>(
  find: (cohorts: readonly Cohort[], valuesOf: ValuesOf) => T,
): (cohorts: readonly Cohort[], user: JsonObject, context: JsonObject | CountedValues | undefined) => T {
  const memory = new WeakMap<JsonObject, Found<T>>()
  return (cohorts, user, context) => {
    const held = memory.get(user)
    const valueIn = valuesIn(user, context)
    const references = contextReferences(cohorts)
    if (held?.cohorts === cohorts && references.every((reference, at) => isEqual(keysIn(reference, valueIn), held.ofContext[at])))
      return held.result
    const result = find(cohorts, (cohort) => cohortValues(cohort, valueIn))
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
