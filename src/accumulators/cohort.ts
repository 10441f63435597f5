import type { CountedValue, CountedValues } from '../state/log/entry.ts'
import { attributeKey } from '../state/slots.ts'
import type { JsonObject } from '../state/user-value.ts'
import type { AttributeDeclaration } from './attribute-declaration.ts'
import { type ValueClass, valueClasses } from './attribute-declaration.ts'
import { countedIn, MOST_TEXTS, textsOf } from './counted-values.ts'

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

/** Returns the number of which a cohort keeps mean and spread: that of its only attribute, if that is a number of users. */
export function cohortNumber(cohort: Cohort): CohortReference | undefined {
  const [reference, crossed] = cohort.references
  return crossed === undefined && reference.of === 'user' && reference.declaration.kind === 'number' ? reference : undefined
}

/** Returns whether a cohort has values that people share. A number without bands has none. */
export function hasValues({ references }: Pick<Cohort, 'references'>): boolean {
  return references.every(({ declaration }) => declaration.kind !== 'number' || declaration.bands.length > 0)
}

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
