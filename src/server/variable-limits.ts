import { GraphQLError } from 'graphql'
import type { ClientCode } from '../errors.ts'

/**
 * Maximum number of values in the variables of an operation: entries of lists and objects at every level. A thousand ordinary
 * events have 15,000.
 */
export const MAX_VALUES = 50_000
/** Error message for variables that hold more than MAX_VALUES values. */
export const TOO_MANY_VALUES = `The variables hold more than ${MAX_VALUES} values: send them in several operations.`
/** Maximum nesting depth of lists and objects in variables. */
export const MAX_NESTING = 64
/** Most errors of wrong variables in one answer. Each takes 0.1 ms. */
export const MAX_VARIABLE_ERRORS = 10
/** A message repeats the wrong value: of a longer message, the middle is left out. */
const MAX_MESSAGE = 1000

/**
 * Counts the values in variables. Runs before variables are matched with their types, which is recursive and takes a microsecond per
 * value.
 * @returns the number of values, or a sentence about the limit that the variables exceed
 */
export function countVariables(variables: unknown): number | string {
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
  return values
}

/** Returns the error of a variable that does not fit its type as clients see it. Over HTTP, the status is 400. */
export function wrongVariable({ message, nodes, source, positions, extensions }: GraphQLError): GraphQLError {
  const half = MAX_MESSAGE / 2
  const shown = message.length > MAX_MESSAGE ? `${message.slice(0, half)} … ${message.slice(-half)}` : message
  const code: ClientCode = 'BAD_USER_INPUT'
  return new GraphQLError(shown, {
    nodes: nodes ?? null,
    source,
    positions,
    extensions: { code, http: { status: 400 }, ...extensions },
  })
}
