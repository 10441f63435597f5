import type { AttributeKind } from '../accumulators/accumulator.ts'
import { InvalidInputError } from '../errors.ts'
import type { JsonObject } from '../state/user-value.ts'
import { checkNumber, kindOfJson } from './field-checks.ts'

/**
 * Checks uploaded attributes against the kinds that the domain declares. A `number` must be finite and at most 1e12; a `key` must
 * be a text or a list of texts. null passes, because it removes an attribute; so do undeclared attributes.
 * @throws InvalidInputError with the path of the attribute
 */
export function checkDeclared(attributes: JsonObject, declared: { readonly [attribute: string]: AttributeKind }): void {
  for (const [name, kind] of Object.entries(declared)) {
    if (!Object.hasOwn(attributes, name)) continue
    const value = attributes[name]
    if (value === null) continue
    const field = `attributes.${name}`
    if (kind === 'number') checkNumber(value, field)
    else if (!Array.isArray(value)) checkKey(value, field)
    else for (const [i, element] of value.entries()) checkKey(element, `${field}.${i}`)
  }
}

function checkKey(value: unknown, field: string): void {
  if (typeof value === 'string') return
  throw new InvalidInputError(
    `${field} is ${kindOfJson(value)}: the domain declares this attribute as a key, so send a string or a list of strings.`,
    field,
  )
}
