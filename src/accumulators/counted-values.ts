import type { CountedValue, CountedValues, DeclaredAttributes } from '../state/log-entry.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import type { AttributeDeclaration, AttributeDeclarations, DeclaredKind } from './attribute-declaration.ts'

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
