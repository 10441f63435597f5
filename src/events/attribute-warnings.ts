import type { AttributeDeclaration, AttributeDeclarations } from '../accumulators/attribute-declaration.ts'
import { countedValue, isCountedText, LONGEST_TEXT, MOST_TEXTS } from '../accumulators/counted-values.ts'
import { unknownName } from '../domain/nearest-name.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { isEmpty } from '../state/user-value-codec.ts'
import { kindOfJson } from './field-checks.ts'

/** Likely mistakes in the attributes of users, requests and events. The values are kept all the same. */
export const ATTRIBUTE_WARNINGS = {
  UNDECLARED_ATTRIBUTE:
    'The domain does not declare this attribute. So the service stores the attribute, but computes nothing from it. There are three kinds of declared attributes: those of users, of requests and of events. If the domain declares no attribute of a kind, the service gives no such warnings about this kind.',
  VALUE_NOT_COUNTED:
    'The value of an attribute is not of the type that the domain declares, or is too long or too large. So the service stores the value, but computes nothing from it, or only from a part of it.',
} as const

export type AttributeWarningCode = keyof typeof ATTRIBUTE_WARNINGS

/** A likely mistake in one attribute. It refuses nothing: the object is recorded as it was sent. */
export interface AttributeWarning {
  readonly code: AttributeWarningCode
  /** Says what is wrong, where, and what to send. */
  readonly message: string
  /** Path of the attribute, such as `context.country`. */
  readonly field: string
}

/** Most warnings about one object. */
const MOST_WARNINGS = 20

const NONE: readonly AttributeWarning[] = []

/**
 * Finds the attributes that count for nothing, wholly or in part. A domain that declares none is not warned about any.
 * @param path path of the object, such as `eventAttributes`
 * @param known attributes that the service itself reads
 */
export function attributeWarnings(
  sent: JsonObject | undefined,
  declarations: AttributeDeclarations,
  path: string,
  known: ReadonlySet<string>,
): readonly AttributeWarning[] {
  if (sent === undefined || isEmpty(declarations)) return NONE
  const found: AttributeWarning[] = []
  for (const [name, value] of Object.entries(sent)) {
    if (value === null || found.length === MOST_WARNINGS) continue
    if (Object.hasOwn(declarations, name)) {
      const declaration = declarations[name]
      const problem = declaration.isUsed ? problemOf(declaration, value) : undefined
      if (problem === undefined) continue
      const field = `${path}.${name}`
      found.push({ code: 'VALUE_NOT_COUNTED', message: `${field} ${problem}`, field })
    } else if (!known.has(name)) {
      found.push(undeclared(name, `${path}.${name}`, declarations))
    }
  }
  return found.length === 0 ? NONE : found
}

/** Finds the nearest declared name only when the text is read: most callers of an event's warnings read none. */
function undeclared(name: string, field: string, declarations: AttributeDeclarations): AttributeWarning {
  return {
    code: 'UNDECLARED_ATTRIBUTE',
    get message() {
      return `${field}: the domain does not declare this attribute, so it has no effect${unknownName(name, Object.keys(declarations))}`
    },
    field,
  }
}

/** Why a value does not count, or not as a whole; undefined if it does. */
function problemOf(declaration: AttributeDeclaration, value: Json): string | undefined {
  const { kind } = declaration
  if (kind === 'key' && Array.isArray(value)) return problemOfList(value)
  if (countedValue(declaration, value) !== undefined) return undefined
  if (kind === 'number')
    return typeof value === 'number'
      ? `is ${value}, so it has no effect: send a number from -1e12 to 1e12.`
      : `is ${kindOfJson(value)}, so it has no effect: send a JSON number, without quotation marks.`
  if (kind === 'flag') return `is ${kindOfJson(value)}, so it has no effect: send true or false, without quotation marks.`
  return typeof value === 'string'
    ? `has ${value.length} characters, so it has no effect: send 1 to ${LONGEST_TEXT}.`
    : `is ${kindOfJson(value)}, so it has no effect: send a string, or a list of strings.`
}

function problemOfList(list: readonly Json[]): string | undefined {
  const at = list.findIndex((element) => !isCountedText(element))
  if (at >= 0) return `has an element that has no effect, number ${at}: send strings of 1 to ${LONGEST_TEXT} characters.`
  const texts = new Set(list).size
  return texts > MOST_TEXTS ? `has ${texts} texts, of which only the first ${MOST_TEXTS} have an effect: send fewer.` : undefined
}
