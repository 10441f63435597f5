import type { Json, JsonObject } from '../state/user-value.ts'

/** Returns the value of an attribute; null if it is missing. */
export function attributeOf(attributes: JsonObject, name: string): Json {
  return Object.hasOwn(attributes, name) ? attributes[name] : null
}

/** Returns the texts, numbers and truth values of an attribute: each distinct element of a list, or the value itself; none for an object. */
export function valuesOf(attributes: JsonObject, name: string): Iterable<Json> {
  const value = attributeOf(attributes, name)
  if (Array.isArray(value)) return new Set(value.filter((element) => element !== null && typeof element !== 'object'))
  return value === null || typeof value === 'object' ? [] : [value]
}
