/**
 * Maximum number of values in the variables of an operation: entries of lists and objects at every level. A thousand ordinary
 * events have 15,000.
 */
export const MAX_VALUES = 50_000
/** Error message for variables that hold more than MAX_VALUES values. */
export const TOO_MANY_VALUES = `The variables hold more than ${MAX_VALUES} values: send them in several operations.`
/** Maximum nesting depth of lists and objects in variables. */
export const MAX_NESTING = 64

/**
 * Returns a sentence about the limit that variables exceed. Runs before variables are matched with their types, which is recursive
 * and takes microseconds per value.
 * @returns undefined if the variables are within all limits
 */
export function variablesProblem(variables: unknown): string | undefined {
  let values = 0
  let level: readonly unknown[] = [variables]
  for (let nesting = 0; level.length > 0; nesting++) {
    if (nesting > MAX_NESTING) return `The variables nest more than ${MAX_NESTING} lists and objects: flatten them.`
    const inside: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
      values += entries.length
      if (values > MAX_VALUES) return TOO_MANY_VALUES
      for (const entry of entries) if (typeof entry === 'object' && entry !== null) inside.push(entry)
    }
    level = inside
  }
  return undefined
}
