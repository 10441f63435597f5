import type { DeclaredAttributes } from '../state/log-entry.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import type { JsonObject } from '../state/user-value.ts'

/** Most values of one attribute that are a list. */
const MOST_VALUES = 5

/**
 * Reads the attributes of an item that its domain declares, for accumulators: numbers within bounds, and keys as non-empty texts.
 * What is of another kind counts as absent; uploads refuse it.
 */
export function declaredOf(attributes: JsonObject, kinds: ReadonlyMap<string, 'key' | 'number'>): DeclaredAttributes {
  const declared: Record<string, string | number | string[]> = {}
  for (const [name, kind] of kinds) {
    const value = attributes[name]
    if (kind === 'number') {
      // What was stored before numbers were bounded is missing.
      if (isWithinBounds(value)) declared[name] = value
    } else if (typeof value === 'string' && value !== '') declared[name] = value
    else if (typeof value === 'number' || typeof value === 'boolean') declared[name] = String(value)
    else if (Array.isArray(value)) {
      const texts = value.filter((element): element is string => typeof element === 'string' && element !== '')
      if (texts.length > 0) declared[name] = texts.slice(0, MOST_VALUES)
    }
  }
  return declared
}
