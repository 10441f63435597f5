import type { DeclaredAttributes } from '../state/log/entry.ts'

/** Values of a declared attribute that count: a text is one, a list of texts its first five. */
export function valuesOf(attributes: DeclaredAttributes, attribute: string): readonly string[] {
  const value = attributes[attribute]
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.slice(0, 5) : []
}
