import type { DeclaredAttributes } from '../state/log/entry.ts'

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
