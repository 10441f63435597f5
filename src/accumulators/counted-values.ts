import type { CountedValue, CountedValues, DeclaredAttributes } from '../state/log-entry.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { Json, JsonObject } from '../state/user-value.ts'

/** Kinds of the attributes of users, requests and events that a domain can declare. */
export const DECLARED_KINDS = ['key', 'number', 'flag'] as const
export type DeclaredKind = (typeof DECLARED_KINDS)[number]

interface Declaration {
  readonly kind: DeclaredKind
  /** Whether people must not be treated differently because of the attribute, such as an age or a postcode. */
  readonly isProtected: boolean
  /** Whether values count. False for a protected attribute, unless the domain names it among those that it uses. */
  readonly isUsed: boolean
}

/** A text or a list of texts. */
interface KeyDeclaration extends Declaration {
  readonly kind: 'key'
  /** Values that have a feature of their own. */
  readonly values: readonly string[]
}

/** A finite number, such as an age. Each band of it can have a feature of its own. */
interface NumberDeclaration extends Declaration {
  readonly kind: 'number'
  /** Ascending bounds between bands of the number, each of which has a feature of its own. Empty for no bands. */
  readonly bands: readonly number[]
}

/** A value that is true or false, such as whether a user is a member. */
interface FlagDeclaration extends Declaration {
  readonly kind: 'flag'
}

/** A declared attribute of users, of the context of requests, or of events. */
export type AttributeDeclaration = KeyDeclaration | NumberDeclaration | FlagDeclaration

/** Declarations of all attributes of users, of contexts, or of events, by the name of the attribute. */
export interface AttributeDeclarations {
  readonly [name: string]: AttributeDeclaration
}

/** A part of the values of an attribute that has a feature of its own: one text, or one band of a number. */
export interface ValueClass {
  /** End of the feature's name, such as `gold` or `18_to_25`. */
  readonly suffix: string
  /** The part in words, such as `gold` or `at least 18 and below 25`. */
  readonly words: string
  readonly includes: (value: string | number | boolean | readonly string[]) => boolean
}

/** Returns the parts of the values that have features of their own: the listed texts of a key, or the bands of a number. */
export function valueClasses(declaration: AttributeDeclaration): ValueClass[] {
  if (declaration.kind === 'key') return declaration.values.map(textClass)
  if (declaration.kind === 'flag' || declaration.bands.length === 0) return []
  const { bands } = declaration
  return [undefined, ...bands].map((from, at) => bandClass(from, bands[at]))
}

function textClass(text: string): ValueClass {
  return {
    suffix: asName(text),
    words: text,
    includes: (value) => (typeof value === 'object' ? value.includes(text) : value === text),
  }
}

function bandClass(from: number | undefined, to: number | undefined): ValueClass {
  const suffix = from === undefined ? `below_${to}` : to === undefined ? `from_${from}` : `${from}_to_${to}`
  const words = [...(from === undefined ? [] : [`at least ${from}`]), ...(to === undefined ? [] : [`below ${to}`])].join(' and ')
  return {
    suffix: asName(suffix.replaceAll('-', 'minus_')),
    words,
    includes: (value) =>
      typeof value === 'number' && value >= (from ?? Number.NEGATIVE_INFINITY) && value < (to ?? Number.POSITIVE_INFINITY),
  }
}

/** A text as it can stand in the name of a feature. */
function asName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
}

/** Most texts of one list that count. */
export const MOST_TEXTS = 8
/** Longest text that counts, in characters. */
export const LONGEST_TEXT = 128

/** Tells whether a value is a text that counts: not empty, and of at most LONGEST_TEXT characters. */
export function isCountedText(value: Json): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT
}

/** Returns what counts of a sent value; undefined if nothing does, for example if the value is of another kind. */
export function countedValue({ kind }: Pick<AttributeDeclaration, 'kind'>, value: Json): CountedValue | undefined {
  if (kind === 'number') return isWithinBounds(value) ? value : undefined
  if (kind === 'flag') return typeof value === 'boolean' ? value : undefined
  if (!Array.isArray(value)) return isCountedText(value) ? value : undefined
  const texts = new Set<string>()
  for (const element of value) {
    if (texts.size === MOST_TEXTS) break
    if (isCountedText(element)) texts.add(element)
  }
  if (texts.size === 0) return undefined
  const [first] = texts
  return texts.size === 1 ? first : [...texts]
}

/** Returns what counts of one attribute of an object; undefined if nothing does. */
export function countedIn(
  sent: JsonObject | undefined,
  name: string,
  declaration: Pick<AttributeDeclaration, 'kind'>,
): CountedValue | undefined {
  return sent !== undefined && Object.hasOwn(sent, name) ? countedValue(declaration, sent[name]) : undefined
}

/** Returns what counts of sent attributes, by name; undefined if nothing does. Protected attributes that are not in use do not count. */
export function countedValues(sent: JsonObject, declarations: AttributeDeclarations): CountedValues | undefined {
  let counted: Record<string, CountedValue> | undefined
  for (const name in declarations) {
    const declaration = declarations[name]
    if (!declaration.isUsed) continue
    const value = countedIn(sent, name, declaration)
    if (value === undefined) continue
    counted ??= {}
    counted[name] = value
  }
  return counted
}

/** Returns the kind of the attribute of which a value counts. */
export function kindOf(value: CountedValue): DeclaredKind {
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'flag' : 'key'
}

/** Returns the texts of a counted key. */
export function textsOf(value: CountedValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' ? value : []
}

/** Returns a counted number, or 1 or 0 for a flag; NaN for anything else. */
export function numberOf(value: CountedValue | undefined): number {
  if (typeof value === 'number') return value
  return typeof value === 'boolean' ? Number(value) : Number.NaN
}

/** Returns the first of the values that count; undefined if there is none. */
export function firstValueOf(attributes: DeclaredAttributes, attribute: string): string | undefined {
  const value = attributes[attribute]
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value[0] : undefined
}

/** Returns the values of a declared attribute that count: a text is one value; of a list of texts, the first five. */
export function valuesOf(attributes: DeclaredAttributes, attribute: string): readonly string[] {
  const value = attributes[attribute]
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.slice(0, 5) : []
}
